package dev.swage.compress.calibrate;

import com.fasterxml.jackson.databind.JsonNode;
import dev.swage.quant.Histogram;
import dev.swage.quant.HistogramState;
import dev.swage.quant.range.ActivationStatistics;
import dev.swage.quant.range.Range;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

/** The fields of one JSON object of a calibration file; complaints say where it is. */
record CalibrationFields(JsonNode node, String where) {
  private static final int MOST_BINS = 1 << 20;

  TensorCalibration tensor() {
    CalibrationFields histogram = object("histogram");
    List<Double> average = numbers("movingAverage");
    if (average.size() != 2) {
      throw wrong("movingAverage", "two numbers");
    }
    List<NonFiniteSample> samples = new ArrayList<>();
    objects("nonFiniteSamples")
        .forEach(s -> samples.add(new NonFiniteSample(s.whole("sample"), s.whole("count"))));
    HistogramState state =
        new HistogramState(
            histogram.exponent(),
            histogram.counts(),
            whole("nonFinite"),
            whole("zeros"),
            (float) number("min"),
            (float) number("max"),
            number("sum"),
            number("sumOfSquares"));
    Range range = new Range(average.get(0).floatValue(), average.get(1).floatValue());
    return new TensorCalibration(
        text("name"), new ActivationStatistics(Histogram.restore(state), range), samples);
  }

  LeftOut leftOut() {
    String label = text("reason");
    for (LeftOutReason reason : LeftOutReason.values()) {
      if (reason.label().equals(label)) {
        return new LeftOut(text("name"), reason);
      }
    }
    throw wrong("reason", "a known reason, not '" + label + "'");
  }

  private List<Long> counts() {
    long bins = whole("bins");
    long first = whole("first");
    JsonNode filled = required("counts");
    if (bins < 2 || bins > MOST_BINS || first < 0 || first > bins - filled.size()) {
      throw wrong(
          "counts",
          "at most the histogram's bins: %s from bin %s of %s"
              .formatted(filled.size(), first, bins));
    }
    List<Long> counts = new ArrayList<>(Collections.nCopies((int) bins, 0L));
    for (int i = 0; i < filled.size(); i++) {
      if (!filled.get(i).canConvertToLong() || !filled.get(i).isIntegralNumber()) {
        throw wrong("counts", "whole numbers");
      }
      counts.set((int) first + i, filled.get(i).longValue());
    }
    return counts;
  }

  CalibrationFields object(String field) {
    JsonNode value = required(field);
    if (!value.isObject()) {
      throw wrong(field, "an object");
    }
    return new CalibrationFields(value, where + field + ".");
  }

  List<CalibrationFields> objects(String field) {
    JsonNode value = required(field);
    if (!value.isArray()) {
      throw wrong(field, "a list");
    }
    List<CalibrationFields> objects = new ArrayList<>();
    for (int i = 0; i < value.size(); i++) {
      objects.add(new CalibrationFields(value.get(i), "%s%s[%s].".formatted(where, field, i)));
    }
    return objects;
  }

  String text(String field) {
    JsonNode value = required(field);
    if (!value.isTextual()) {
      throw wrong(field, "text");
    }
    return value.textValue();
  }

  /** A whole number from 1. */
  int count(String field) {
    long value = whole(field);
    if (value < 1 || value > Integer.MAX_VALUE) {
      throw wrong(field, "a whole number from 1, not " + value);
    }
    return (int) value;
  }

  /** Of the power of two that a bin is wide. */
  private int exponent() {
    long value = whole("exponent");
    if (value != (int) value) {
      throw wrong("exponent", "the exponent of a float, not " + value);
    }
    return (int) value;
  }

  private long whole(String field) {
    JsonNode value = required(field);
    if (!value.isIntegralNumber() || !value.canConvertToLong()) {
      throw wrong(field, "a whole number");
    }
    return value.longValue();
  }

  private double number(String field) {
    JsonNode value = required(field);
    if (!value.isNumber()) {
      throw wrong(field, "a number");
    }
    return value.doubleValue();
  }

  private List<Double> numbers(String field) {
    List<Double> numbers = new ArrayList<>();
    for (JsonNode value : required(field)) {
      if (!value.isNumber()) {
        throw wrong(field, "numbers");
      }
      numbers.add(value.doubleValue());
    }
    return numbers;
  }

  private JsonNode required(String field) {
    JsonNode value = node.get(field);
    if (value == null) {
      throw wrong(field, "to be there");
    }
    return value;
  }

  private IllegalArgumentException wrong(String field, String expected) {
    return new IllegalArgumentException(
        "field %s%s: expected %s".formatted(where, field, expected));
  }
}
