package dev.swage.cli.train;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.util.MinimalPrettyPrinter;
import dev.swage.cli.console.Console;
import dev.swage.cli.console.OutputException;
import dev.swage.cli.console.TextFigures;
import dev.swage.cli.recipe.Recipe;
import dev.swage.clip.ClipRecord;
import dev.swage.clip.NormStatistics;
import dev.swage.clip.ObservedStep;
import dev.swage.data.TextUnit;
import dev.swage.files.AtomicFile;
import dev.swage.train.EpochRecord;
import dev.swage.train.Score;
import dev.swage.train.StepRecord;
import dev.swage.train.TrainingListener;
import dev.swage.train.TrainingPlan;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/**
 * {@code history.jsonl}: a JSON record for the run, for each optimizer step, each hundred of them,
 * and each epoch ({@code docs/json.md}).
 */
final class HistoryFile implements TrainingListener, AutoCloseable {
  private static final int BUFFER = 1 << 16;

  /** Steps that share a record of what clipping did over all of them. */
  private static final int WINDOW = 100;

  /** Steps clipped harder than this are written with their samples, so that they can be found. */
  private static final double HARD = 0.1;

  private final Path file;
  private final FileChannel channel;
  private final JsonGenerator json;
  private final boolean continued;
  private final List<ObservedStep> window = new ArrayList<>();
  private Optional<TextUnit> textUnit = Optional.empty();

  private HistoryFile(Path file, FileChannel channel, boolean continued) throws IOException {
    this.file = file;
    this.channel = channel;
    this.continued = continued;
    this.json =
        new JsonFactory()
            .createGenerator(new BufferedOutputStream(Channels.newOutputStream(channel), BUFFER));
    json.setPrettyPrinter(new MinimalPrettyPrinter("\n"));
  }

  private static OutputException cannotWrite(Path file, IOException e) {
    return new OutputException(
        "%s: cannot be written: %s".formatted(file, AtomicFile.reason(e)), e);
  }

  /** Begins a history. */
  static HistoryFile create(Path file) {
    return open(file, 0);
  }

  /**
   * Goes on with a history after so many steps and epochs: what a killed run wrote beyond them,
   * down to half a line, is cut off, for the resumed run writes it again.
   */
  static HistoryFile resume(Path file, long steps, int epochs, Console console) {
    HistoryTail.Kept kept = HistoryTail.keep(file, steps, epochs);
    if (kept.steps() != steps || kept.epochs() != epochs) {
      console.warning(
          String.format(
              Locale.ROOT,
              "%s has %d steps and %d epochs, the checkpoint %d and %d: those between are missing in it",
              file,
              kept.steps(),
              kept.epochs(),
              steps,
              epochs));
    }
    HistoryFile history = open(file, kept.bytes());
    if (kept.steps() > 0) {
      List<ObservedStep> before = HistoryReader.read(file).steps();
      int first = (int) (kept.steps() - kept.steps() % WINDOW);
      history.window.addAll(before.subList(Math.min(first, before.size()), before.size()));
    }
    return history;
  }

  private static HistoryFile open(Path file, long bytes) {
    try {
      FileChannel channel =
          FileChannel.open(file, StandardOpenOption.WRITE, StandardOpenOption.CREATE);
      channel.truncate(bytes);
      channel.position(bytes);
      HistoryFile history = new HistoryFile(file, channel, bytes > 0);
      if (bytes > 0) {
        // The separator that JSON writers put before every value but the first.
        history.json.writeRaw('\n');
      }
      return history;
    } catch (IOException e) {
      throw cannotWrite(file, e);
    }
  }

  /** A checkpoint never knows of a step that the history on disk does not. */
  @Override
  public void checkpoint(long steps) {
    flush();
    try {
      channel.force(false);
    } catch (IOException e) {
      throw cannotWrite(file, e);
    }
  }

  @Override
  public void started(TrainingPlan plan) {
    textUnit = plan.textUnit();
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
          json.writeStringField("scope", clip.scope());
          order(clip.order());
          number("normBefore", clip.normBefore());
          number("threshold", clip.threshold());
          number("coefficient", clip.coefficient());
          number("normAfter", clip.normAfter());
          json.writeBooleanField("clipped", clip.clipped());
          json.writeBooleanField("skipped", step.skipped());
          if (step.updateRatio().isPresent()) {
            number("updateRatio", step.updateRatio().getAsDouble());
          }
          if (step.rangeLoss().isPresent()) {
            number("rangeLoss", step.rangeLoss().getAsDouble());
          }
          if (step.quantizerShare().isPresent()) {
            number("quantizerShare", step.quantizerShare().getAsDouble());
          }
          if (step.flips().isPresent()) {
            number("flips", step.flips().getAsDouble());
          }
          if (step.frozen().isPresent()) {
            number("frozen", step.frozen().getAsDouble());
          }
          if (clip.nonFinite() > 0) {
            json.writeNumberField("nonFinite", clip.nonFinite());
            json.writeStringField("firstNonFinite", clip.firstNonFinite().orElse(""));
          }
          json.writeObjectFieldStart("topShares");
          for (ClipRecord.Share share : clip.topShares()) {
            number(share.parameter(), share.share());
          }
          json.writeEndObject();
          stages(clip.stages());
          if (clip.coefficient() < HARD || clip.nonFinite() > 0) {
            json.writeFieldName("samples");
            json.writeArray(step.samples(), 0, step.samples().length);
          }
        });
    window.add(ObservedStep.of(step.clip(), step.skipped()));
    if (window.size() == WINDOW) {
      window();
    }
  }

  /** What clipping did over the last steps. */
  private void window() {
    NormStatistics norms =
        NormStatistics.of(window.stream().mapToDouble(ObservedStep::normBefore).toArray());
    record(
        "window",
        () -> {
          json.writeNumberField("firstStep", window.getFirst().step());
          json.writeNumberField("lastStep", window.getLast().step());
          number(
              "clippedShare",
              (double) window.stream().filter(ObservedStep::clipped).count() / window.size());
          json.writeNumberField("skipped", window.stream().filter(ObservedStep::skipped).count());
          json.writeArrayFieldStart("normQuartiles");
          for (double value : norms.quartiles()) {
            if (Double.isFinite(value)) {
              json.writeNumber(value);
            } else {
              json.writeNull();
            }
          }
          json.writeEndArray();
        });
    window.clear();
  }

  /** Says at the head of a new file what the steps' figures depend on. */
  void begin(Recipe recipe) {
    if (continued) {
      return;
    }
    record(
        "run",
        () -> {
          json.writeStringField("name", recipe.name());
          json.writeNumberField("seed", recipe.seed());
          json.writeStringField("loss", recipe.training().loss().describe());
          json.writeStringField("optimizer", recipe.training().optimizer().describe());
          json.writeBooleanField("scaleInvariant", recipe.training().optimizer().secondMoments());
          json.writeStringField("clip", recipe.training().clipper().describe());
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
    if (textUnit.isPresent()) {
      number(prefix + TextFigures.bitsField(textUnit.get()), score.bits());
      number(prefix + "Perplexity", score.perplexity());
    }
    if (score.accuracy().isPresent()) {
      number(prefix + "Accuracy", score.accuracy().getAsDouble());
    }
  }

  /** The norm's p; JSON has no infinity. */
  private void order(double order) throws IOException {
    if (Double.isInfinite(order)) {
      json.writeStringField("order", "inf");
    } else {
      json.writeNumberField("order", order);
    }
  }

  /** Of a chain or of groups only. */
  private void stages(List<ClipRecord.Stage> stages) throws IOException {
    if (stages.isEmpty()) {
      return;
    }
    json.writeArrayFieldStart("stages");
    for (ClipRecord.Stage stage : stages) {
      json.writeStartObject();
      json.writeStringField("name", stage.name());
      number("normBefore", stage.pre());
      number("threshold", stage.threshold());
      number("coefficient", stage.coefficient());
      number("normAfter", stage.post());
      json.writeBooleanField("clipped", stage.clipped());
      json.writeEndObject();
    }
    json.writeEndArray();
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
      throw cannotWrite(file, e);
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
      throw cannotWrite(file, e);
    }
  }

  @Override
  public void close() {
    try {
      json.close();
    } catch (IOException e) {
      throw cannotWrite(file, e);
    }
  }
}
