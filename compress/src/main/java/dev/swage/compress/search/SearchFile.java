package dev.swage.compress.search;

import com.fasterxml.jackson.core.JacksonException;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.swage.files.AtomicFile;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.TreeMap;

/**
 * The measurements of a search as a JSON file, written after each of them, so that a search that
 * was stopped, or killed, goes on where it was.
 */
final class SearchFile {
  /** Name and version of the layout; the number grows when a field is removed or changes. */
  static final String SCHEMA = "swage.search/2";

  private static final ObjectMapper MAPPER =
      JsonMapper.builder().enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION).build();

  private final Path path;
  private final SearchKey key;

  SearchFile(Path path, SearchKey key) {
    this.path = path;
    this.key = key;
  }

  /**
   * What is known already: nothing where there is no file.
   *
   * @throws SearchException if it is no such file, or of another search
   */
  MeasurementLog read() {
    if (!Files.exists(path)) {
      return new MeasurementLog();
    }
    try {
      JsonNode document = MAPPER.readTree(Files.readAllBytes(path));
      requireOwn(document);
      return log(document);
    } catch (JacksonException e) {
      String reason =
          "not valid JSON, or cut off (line %s)"
              .formatted(e.getLocation() == null ? 1 : e.getLocation().getLineNr());
      throw new SearchException("%s: %s; delete it to begin anew".formatted(path, reason), e);
    } catch (IOException e) {
      throw new SearchException("%s: cannot be read: %s".formatted(path, AtomicFile.reason(e)), e);
    }
  }

  private void requireOwn(JsonNode document) {
    String schema = document.path("schema").asText("none");
    if (!schema.equals(SCHEMA)) {
      throw new SearchException(
          "%s: schema is %s, expected %s; name another file or delete it"
              .formatted(path, schema, SCHEMA));
    }
    requireSame("model", document, key.model());
    requireSame("data", document, key.data());
    requireSame("how", document, key.how());
  }

  private void requireSame(String field, JsonNode document, String own) {
    String found = document.path(field).asText("none");
    if (!found.equals(own)) {
      throw new SearchException(
          "%s: holds a search of another model, data or setting: %s is %s there and %s here; name another file or delete it"
              .formatted(path, field, shortened(found), shortened(own)));
    }
  }

  /** Enough of a hash to tell it apart. */
  private static String shortened(String text) {
    return text.matches("[0-9a-f]{32,}") ? text.substring(0, 12) + "…" : "'" + text + "'";
  }

  private MeasurementLog log(JsonNode document) {
    MeasurementLog log = new MeasurementLog();
    for (JsonNode sensitivity : document.path("damages")) {
      log.add(
          new NodeSensitivity(
              text(sensitivity, "node"),
              text(sensitivity, "way"),
              number(sensitivity, "sqnrDb").orElseThrow()));
    }
    for (JsonNode trial : document.path("trials")) {
      TreeMap<String, String> ways = new TreeMap<>();
      for (Map.Entry<String, JsonNode> way : trial.path("ways").properties()) {
        ways.put(way.getKey(), way.getValue().asText());
      }
      int quantized = (int) number(trial, "quantized").orElseThrow();
      OptionalDouble drop =
          trial.has("accuracyDrop") ? number(trial, "accuracyDrop") : OptionalDouble.empty();
      log.add(new Trial(ways, new Score(number(trial, "sqnrDb").orElseThrow(), drop, quantized)));
    }
    return log;
  }

  private String text(JsonNode node, String field) {
    return Optional.ofNullable(node.get(field))
        .filter(JsonNode::isTextual)
        .map(JsonNode::textValue)
        .orElseThrow(() -> broken(field));
  }

  /** Numbers that are not finite stand there as text. */
  private OptionalDouble number(JsonNode node, String field) {
    JsonNode value = node.get(field);
    if (value != null && value.isNumber()) {
      return OptionalDouble.of(value.doubleValue());
    }
    return switch (text(node, field)) {
      case "Infinity" -> OptionalDouble.of(Double.POSITIVE_INFINITY);
      case "-Infinity" -> OptionalDouble.of(Double.NEGATIVE_INFINITY);
      case "NaN" -> OptionalDouble.of(Double.NaN);
      default -> throw broken(field);
    };
  }

  private SearchException broken(String field) {
    return new SearchException(
        "%s: field %s is missing or wrong; delete the file to begin anew".formatted(path, field));
  }

  /**
   * Writes the file whole or not at all.
   *
   * @throws SearchException if the path cannot be written
   */
  void write(MeasurementLog log) {
    String text = render(log);
    try {
      AtomicFile.write(path, out -> out.write(text.getBytes(StandardCharsets.UTF_8)));
    } catch (IOException e) {
      throw new SearchException(
          "%s: cannot be written: %s".formatted(path, AtomicFile.reason(e)), e);
    }
  }

  private String render(MeasurementLog log) {
    ObjectNode document = MAPPER.createObjectNode();
    document.put("schema", SCHEMA);
    document.put("model", key.model());
    document.put("data", key.data());
    document.put("how", key.how());
    ArrayNode sensitivities = document.putArray("damages");
    for (NodeSensitivity sensitivity : log.measured()) {
      sensitivities
          .addObject()
          .put("node", sensitivity.node())
          .put("way", sensitivity.way())
          .put("sqnrDb", sensitivity.sqnrDb());
    }
    ArrayNode trials = document.putArray("trials");
    for (Trial trial : log.trials()) {
      ObjectNode node = trials.addObject();
      ObjectNode ways = node.putObject("ways");
      trial.ways().forEach(ways::put);
      node.put("sqnrDb", trial.score().leastSqnrDb());
      trial.score().accuracyDrop().ifPresent(drop -> node.put("accuracyDrop", drop));
      node.put("quantized", trial.score().quantized());
    }
    return document.toPrettyString() + "\n";
  }
}
