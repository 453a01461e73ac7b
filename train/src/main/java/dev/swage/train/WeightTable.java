package dev.swage.train;

import dev.swage.range.RangeControls;
import dev.swage.range.RangeKeeper;
import dev.swage.range.WeightRecord;
import dev.swage.tensor.DType;
import dev.swage.tensor.Tensor;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.DoubleStream;
import java.util.stream.IntStream;

/**
 * The weights of a run as they spread after each epoch: measured, and as a table of float64 in
 * checkpoints, a row for each epoch and weight.
 *
 * @param parameters all of the run; those of two or more axes are profiled, and those with range
 *     control
 */
record WeightTable(List<Parameter> parameters, Optional<RangeKeeper> ranges) {
  private static final String NAME = "history/weights";

  /** Epoch, number of the parameter, largest, kurtosis, limit, share at it, and the errors. */
  private static final int FIXED = 6;

  private static final int COLUMNS = FIXED + WeightRecord.WIDTHS.size();

  /** Measures all weights as they are: those that are trained, not their moving average. */
  List<WeightRecord> profile(int epoch) {
    return IntStream.range(0, parameters.size())
        .filter(this::isProfiled)
        .mapToObj(i -> {
          Parameter parameter = parameters.get(i);
          return WeightRecord.of(
              epoch,
              parameter.name(),
              Tensor.of(DType.FLOAT32, parameter.shape(), parameter.data()),
              setting(i),
              ranges.map(keeper -> keeper.limit(i)).orElse(Double.POSITIVE_INFINITY));
        })
        .toList();
  }

  private boolean isProfiled(int parameter) {
    return RangeControls.isWeight(parameters.get(parameter).info())
        || !setting(parameter).equals("none");
  }

  private String setting(int parameter) {
    return ranges.map(keeper -> keeper.setting(parameter)).orElse("none");
  }

  void save(List<WeightRecord> records, Map<String, Tensor> tensors) {
    if (records.isEmpty()) {
      return;
    }
    List<String> names = parameters.stream().map(Parameter::name).toList();
    double[] cells = records.stream().flatMapToDouble(record -> row(record, names)).toArray();
    tensors.put(NAME, Manifest.ofDoubles(cells));
  }

  private static DoubleStream row(WeightRecord record, List<String> names) {
    return DoubleStream.concat(
        DoubleStream.of(
            record.epoch(),
            names.indexOf(record.weight()),
            record.largestOverStd(),
            record.kurtosis(),
            record.limit(),
            record.atLimit()),
        record.errors().stream().mapToDouble(Double::doubleValue));
  }

  /** The records of a checkpoint; none where it was not profiled. */
  List<WeightRecord> restore(Checkpoint checkpoint) {
    Tensor table = checkpoint.tensors().get(NAME);
    if (table == null) {
      return List.of();
    }
    long rows = table.shape().elements() / COLUMNS;
    double[] cells = Manifest.doubles(checkpoint, NAME, rows * COLUMNS);
    List<WeightRecord> records = new ArrayList<>();
    for (int at = 0; at < cells.length; at += COLUMNS) {
      int parameter = (int) cells[at + 1];
      if (parameter < 0 || parameter >= parameters.size()) {
        throw checkpoint.error(
            "%s names parameter %d of %d".formatted(NAME, parameter, parameters.size()));
      }
      int first = at + FIXED;
      records.add(
          new WeightRecord(
              (int) cells[at],
              parameters.get(parameter).name(),
              setting(parameter),
              cells[at + 2],
              cells[at + 3],
              IntStream.range(0, WeightRecord.WIDTHS.size())
                  .mapToObj(i -> cells[first + i])
                  .toList(),
              cells[at + 4],
              cells[at + 5]));
    }
    return records;
  }
}
