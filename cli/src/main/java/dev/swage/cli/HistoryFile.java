package dev.swage.cli;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.util.MinimalPrettyPrinter;
import dev.swage.clip.ClipRecord;
import dev.swage.train.EpochRecord;
import dev.swage.train.Score;
import dev.swage.train.StepRecord;
import dev.swage.train.TrainingListener;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * {@code history.jsonl}: a JSON record for each optimizer step and each epoch ({@code
 * docs/json.md}).
 */
final class HistoryFile implements TrainingListener, AutoCloseable {
  private final JsonGenerator json;

  private HistoryFile(JsonGenerator json) {
    this.json = json;
  }

  static HistoryFile create(Path file) {
    try {
      JsonGenerator json = new JsonFactory().createGenerator(Files.newBufferedWriter(file));
      json.setPrettyPrinter(new MinimalPrettyPrinter("\n"));
      return new HistoryFile(json);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Override
  public void step(StepRecord step) {
    record(
        "step",
        () -> {
          ClipRecord clip = step.clip();
          json.writeNumberField("step", step.step());
          json.writeNumberField("epoch", step.epoch());
          number("loss", step.loss());
          number("learningRate", step.learningRate());
          json.writeStringField("method", clip.method());
          number("normBefore", clip.normBefore());
          number("threshold", clip.threshold());
          number("coefficient", clip.coefficient());
          number("normAfter", clip.normAfter());
          json.writeBooleanField("clipped", clip.clipped());
          json.writeBooleanField("skipped", step.skipped());
          if (clip.nonFinite() > 0) {
            json.writeNumberField("nonFinite", clip.nonFinite());
            json.writeStringField("firstNonFinite", clip.firstNonFinite().orElse(""));
          }
          json.writeObjectFieldStart("topShares");
          for (ClipRecord.Share share : clip.topShares()) {
            number(share.parameter(), share.share());
          }
          json.writeEndObject();
        });
  }

  @Override
  public void epoch(EpochRecord epoch) {
    record(
        "epoch",
        () -> {
          json.writeNumberField("epoch", epoch.epoch());
          score("train", epoch.training());
          if (epoch.validation().isPresent()) {
            score("validation", epoch.validation().get());
          }
          number("learningRate", epoch.learningRate());
          number("seconds", epoch.seconds());
        });
    flush();
  }

  private void score(String prefix, Score score) throws IOException {
    number(prefix + "Loss", score.loss());
    if (score.accuracy().isPresent()) {
      number(prefix + "Accuracy", score.accuracy().getAsDouble());
    }
  }

  /** What writes the fields of one record. */
  private interface Fields {
    void write() throws IOException;
  }

  private void record(String type, Fields fields) {
    try {
      json.writeStartObject();
      json.writeStringField("type", type);
      fields.write();
      json.writeEndObject();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** JSON has no NaN and no infinity: they are null. */
  private void number(String field, double value) throws IOException {
    if (Double.isFinite(value)) {
      json.writeNumberField(field, value);
    } else {
      json.writeNullField(field);
    }
  }

  private void flush() {
    try {
      json.flush();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Override
  public void close() {
    try {
      json.close();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
