package dev.swage.cli.train;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.swage.clip.ClipRecord;
import dev.swage.clip.ObservedStep;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import org.jspecify.annotations.Nullable;

/** Reads the steps of a {@code history.jsonl} back. */
final class HistoryReader {
  private static final ObjectMapper MAPPER = new ObjectMapper();

  private final Path file;
  private final List<ObservedStep> steps = new ArrayList<>();
  private String method = "unknown";
  private String optimizer = "";
  private boolean scaleInvariant;
  private String warning = "";

  private HistoryReader(Path file) {
    this.file = file;
  }

  /**
   * What a history holds.
   *
   * @param method the last clipper in words
   * @param optimizer in words; empty in files that do not say
   * @param scaleInvariant whether that optimizer does not see a constant factor
   * @param warning one line about a part that was left out; empty if there is none
   */
  record History(
      List<ObservedStep> steps,
      String method,
      String optimizer,
      boolean scaleInvariant,
      String warning) {}

  /**
   * Reads a history. A last line that is cut off, as by a killed run, is left out with a warning.
   *
   * @throws HistoryException naming file and line for anything else that is no record, and for a
   *     file without steps
   */
  static History read(Path file) {
    return new HistoryReader(file).read();
  }

  private History read() {
    try (BufferedReader lines = Files.newBufferedReader(file)) {
      @Nullable String line = lines.readLine();
      for (int number = 1; line != null; number++) {
        @Nullable String next = lines.readLine();
        if (!line.isBlank()) {
          add(line, number, next == null);
        }
        line = next;
      }
    } catch (java.nio.file.NoSuchFileException e) {
      throw new HistoryException(file + ": no such file; train writes history.jsonl into --out", e);
    } catch (IOException e) {
      throw new HistoryException(file + ": cannot be read: " + e.getMessage(), e);
    }
    if (steps.isEmpty()) {
      throw new HistoryException(
          file + ": no optimizer step in it; expected a history.jsonl of train");
    }
    return new History(steps, method, optimizer, scaleInvariant, warning);
  }

  private void add(String line, int number, boolean last) {
    JsonNode record;
    try {
      record = MAPPER.readTree(line);
    } catch (JsonProcessingException e) {
      if (last) {
        warning =
            "%s: line %d is cut off in the middle, as by a killed run; the %,d steps before it are used"
                .formatted(file, number, steps.size());
        return;
      }
      throw new HistoryException(
          "%s: line %d is no JSON record; expected a history.jsonl of train"
              .formatted(file, number),
          e);
    }
    switch (record.path("type").asText()) {
      case "step" -> step(record, number);
      case "run" -> {
        optimizer = record.path("optimizer").asText();
        scaleInvariant = record.path("scaleInvariant").asBoolean();
      }
      default -> {} // epochs, windows, and what later versions add
    }
  }

  private void step(JsonNode record, int number) {
    if (!record.path("step").isIntegralNumber() || !record.has("normBefore")) {
      throw new HistoryException(
          "%s: line %d is a step without its number or norm; expected a history.jsonl of train"
              .formatted(file, number));
    }
    boolean skipped = record.path("skipped").asBoolean();
    if (!skipped) {
      method = record.path("method").asText(method);
    }
    List<ClipRecord.Share> shares = new ArrayList<>();
    record
        .path("topShares")
        .properties()
        .forEach(
            share -> shares.add(new ClipRecord.Share(share.getKey(), share.getValue().asDouble())));
    steps.add(
        new ObservedStep(
            record.path("step").asLong(),
            number(record, "normBefore", Double.NaN),
            number(record, "threshold", Double.POSITIVE_INFINITY),
            record.path("clipped").asBoolean(),
            skipped,
            record.path("nonFinite").asLong(),
            Optional.of(record.path("firstNonFinite").asText()).filter(name -> !name.isEmpty()),
            shares,
            optional(record, "quantizerShare"),
            optional(record, "flips")));
  }

  private static OptionalDouble optional(JsonNode record, String field) {
    return record.path(field).isNumber()
        ? OptionalDouble.of(record.path(field).asDouble())
        : OptionalDouble.empty();
  }

  private static double number(JsonNode record, String field, double ofNull) {
    return record.path(field).isNumber() ? record.path(field).asDouble() : ofNull;
  }
}
