package dev.swage.compress.calibrate;

import com.fasterxml.jackson.core.JacksonException;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.swage.files.AtomicFile;
import dev.swage.quant.HistogramState;
import dev.swage.quant.range.Range;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * A {@link Calibration} as a JSON file, described in {@code docs/calibration.md}. The same
 * calibration gives the same bytes; reading gives back what was written.
 */
public final class CalibrationFile {
  /** Name and version of the layout; the number grows when a field is removed or changes. */
  public static final String SCHEMA = "swage.calibration/1";

  private static final ObjectMapper MAPPER =
      JsonMapper.builder().enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION).build();

  private CalibrationFile() {}

  /**
   * Writes the file whole or not at all.
   *
   * @throws CalibrationException if the path cannot be written
   */
  public static void write(Path path, Calibration calibration) {
    String text = render(calibration);
    try {
      AtomicFile.write(path, out -> out.write(text.getBytes(StandardCharsets.UTF_8)));
    } catch (IOException e) {
      throw new CalibrationException(
          "%s: cannot be written: %s".formatted(path, AtomicFile.reason(e)), e);
    }
  }

  /** The document, a line for each tensor. */
  static String render(Calibration calibration) {
    StringBuilder out = new StringBuilder("{\n");
    field(out, "schema", MAPPER.getNodeFactory().textNode(SCHEMA));
    field(out, "model", origin("path", calibration.model(), calibration.modelSha256()));
    field(out, "data", origin("spec", calibration.data(), calibration.dataSha256()));
    field(out, "samples", MAPPER.getNodeFactory().numberNode(calibration.samples()));
    field(out, "batchSize", MAPPER.getNodeFactory().numberNode(calibration.batchSize()));
    lines(out, "tensors", calibration.tensors().stream().map(CalibrationFile::tensor).toList());
    out.append(",\n");
    lines(out, "leftOut", calibration.leftOut().stream().map(CalibrationFile::leftOut).toList());
    return out.append("\n}\n").toString();
  }

  private static void field(StringBuilder out, String name, JsonNode value) {
    out.append("  \"").append(name).append("\": ").append(value).append(",\n");
  }

  private static void lines(StringBuilder out, String name, List<ObjectNode> nodes) {
    out.append("  \"").append(name).append("\": [");
    for (int i = 0; i < nodes.size(); i++) {
      out.append(i == 0 ? "\n    " : ",\n    ").append(nodes.get(i));
    }
    out.append(nodes.isEmpty() ? "]" : "\n  ]");
  }

  private static ObjectNode origin(String key, String name, String sha256) {
    return MAPPER.createObjectNode().put(key, name).put("sha256", sha256);
  }

  private static ObjectNode leftOut(LeftOut leftOut) {
    return MAPPER
        .createObjectNode()
        .put("name", leftOut.tensor())
        .put("reason", leftOut.reason().label());
  }

  private static ObjectNode tensor(TensorCalibration tensor) {
    HistogramState state = tensor.statistics().histogram().state();
    Range average = tensor.statistics().movingAverage();
    ObjectNode node = MAPPER.createObjectNode();
    node.put("name", tensor.name());
    node.put("min", state.min());
    node.put("max", state.max());
    node.putArray("movingAverage").add(average.min()).add(average.max());
    node.put("zeros", state.zeros());
    node.put("sum", state.sum());
    node.put("sumOfSquares", state.sumOfSquares());
    node.put("nonFinite", state.nonFinite());
    ArrayNode samples = node.putArray("nonFiniteSamples");
    tensor
        .nonFiniteSamples()
        .forEach(s -> samples.addObject().put("sample", s.sample()).put("count", s.count()));
    ObjectNode histogram = node.putObject("histogram");
    int first = 0;
    int end = state.counts().size();
    while (first < end && state.counts().get(first) == 0) {
      first++;
    }
    while (end > first && state.counts().get(end - 1) == 0) {
      end--;
    }
    histogram.put("bins", state.counts().size());
    histogram.put("exponent", state.exponent());
    histogram.put("first", first);
    ArrayNode counts = histogram.putArray("counts");
    state.counts().subList(first, end).forEach(counts::add);
    return node;
  }

  /**
   * Reads a file back.
   *
   * @throws CalibrationException naming the file and what is wrong with it
   */
  public static Calibration read(Path path) {
    try {
      return parse(MAPPER.readTree(Files.readAllBytes(path)), path);
    } catch (JacksonException e) {
      String reason =
          "not valid JSON, or cut off (line %s)"
              .formatted(e.getLocation() == null ? 1 : e.getLocation().getLineNr());
      throw new CalibrationException("%s: %s".formatted(path, reason), e);
    } catch (IOException e) {
      throw new CalibrationException(
          "%s: cannot be read: %s".formatted(path, AtomicFile.reason(e)), e);
    } catch (IllegalArgumentException | ArithmeticException e) {
      throw new CalibrationException("%s: %s".formatted(path, e.getMessage()), e);
    }
  }

  private static Calibration parse(JsonNode document, Path path) {
    String schema = document.path("schema").asText("none");
    if (!schema.equals(SCHEMA)) {
      throw new CalibrationException(
          "%s: schema is %s, expected %s; swage calibrate writes such files"
              .formatted(path, schema, SCHEMA));
    }
    CalibrationFields root = new CalibrationFields(document, "");
    CalibrationFields model = root.object("model");
    CalibrationFields data = root.object("data");
    List<TensorCalibration> tensors = new ArrayList<>();
    root.objects("tensors").forEach(tensor -> tensors.add(tensor.tensor()));
    List<LeftOut> leftOut = new ArrayList<>();
    root.objects("leftOut").forEach(entry -> leftOut.add(entry.leftOut()));
    return new Calibration(
        model.text("path"),
        model.text("sha256"),
        data.text("spec"),
        data.text("sha256"),
        root.count("samples"),
        root.count("batchSize"),
        tensors,
        leftOut);
  }
}
