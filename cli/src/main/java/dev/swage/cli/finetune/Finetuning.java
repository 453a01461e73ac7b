package dev.swage.cli.finetune;

import dev.swage.cli.console.Console;
import dev.swage.cli.console.StopSignals;
import dev.swage.cli.console.StoppedException;
import dev.swage.cli.console.UsageException;
import dev.swage.cli.recipe.ClipText;
import dev.swage.cli.train.TrainingProgress;
import dev.swage.data.DataSource;
import dev.swage.data.HoldOut;
import dev.swage.onnx.OnnxModel;
import dev.swage.onnx.ValueInfo.Dim;
import dev.swage.train.AdamW;
import dev.swage.train.EarlyStopping;
import dev.swage.train.LearningRate;
import dev.swage.train.Loss;
import dev.swage.train.Metric;
import dev.swage.train.Score;
import dev.swage.train.Trainer;
import dev.swage.train.TrainingControl;
import dev.swage.train.TrainingRun;
import dev.swage.train.TrainingStoppedException;
import java.util.OptionalInt;

/** A run of {@code finetune}: its settings, where nobody chose others, and the training. */
final class Finetuning {
  private static final double WARM_UP = 0.1;
  private static final int SAMPLES_PER_STEP = 32;

  private final OnnxModel model;
  private final HoldOut parts;
  private final FinetuneOptions options;
  private final Loss loss;
  private final Pace pace;
  private final Console console;
  private final int batch;
  private final int accumulate;

  Finetuning(
      OnnxModel model,
      HoldOut parts,
      FinetuneOptions options,
      Loss loss,
      Console console,
      Pace pace) {
    this.loss = loss;
    this.pace = pace;
    this.model = model;
    this.parts = parts;
    this.options = options;
    this.console = console;
    DataSource data = parts.rest();
    OptionalInt fixed = data.streams().isPresent() ? data.streams() : fixedBatch(model);
    this.batch = options.batch().orElse(fixed.orElse(Math.clamp(data.size(), 1, SAMPLES_PER_STEP)));
    int several = Math.min(SAMPLES_PER_STEP, data.size()) / batch;
    this.accumulate = options.accumulate().orElse(fixed.isPresent() ? Math.max(1, several) : 1);
  }

  /** How many samples the model takes at a time, where it fixes that. */
  private static OptionalInt fixedBatch(OnnxModel model) {
    return model.graph().feeds().stream()
        .flatMap(feed -> feed.dims().stream())
        .filter(dims -> !dims.isEmpty())
        .filter(dims -> dims.getFirst() instanceof Dim.Fixed(long size) && size > 0)
        .mapToInt(dims -> Math.toIntExact(((Dim.Fixed) dims.getFirst()).size()))
        .findFirst();
  }

  /** How well the model does as it is. */
  Score score() {
    return Trainer.of(model).loss(loss).batchSize(batch).score(parts.held());
  }

  /** Whether the first score is better by what the user watches. */
  boolean isBetter(Score score, Score other) {
    Metric metric = options.metric();
    double difference = metric.of(score) - metric.of(other);
    return metric.largerIsBetter() ? difference > 0 : difference < 0;
  }

  /** The loss that was chosen, or the one that fits model and data. */
  static Loss loss(OnnxModel model, HoldOut parts, FinetuneOptions options) {
    Loss loss = options.loss().orElseGet(() -> Loss.fitting(model, parts.rest()));
    if (options.smoothing().isEmpty()) {
      return loss;
    }
    if (!(loss instanceof Loss.CrossEntropy cross)) {
      throw new UsageException("--label-smoothing is for cross-entropy, got " + loss.describe());
    }
    return cross.labelSmoothing(options.smoothing().get());
  }

  /**
   * Trains.
   *
   * @param best is told of every better epoch, and asked to save it where a signal ends the run
   * @throws StoppedException where that is so
   */
  TrainingRun run(BestEpoch best) {
    TrainingControl control = new TrainingControl();
    Trainer trainer = trainer().control(control);
    try (TrainingProgress progress = new TrainingProgress(console, "finetune");
        StopSignals signals = StopSignals.asking(stop(control, best), console)) {
      try {
        TrainingRun run = trainer.listener(progress).listener(best).fit(parts.rest());
        best.finished();
        return run;
      } catch (TrainingStoppedException e) {
        throw new StoppedException(
            "stopped after step %,d; %s".formatted(e.step(), best.save()), signals.exitCode());
      }
    }
  }

  private static StopSignals.Stop stop(TrainingControl control, BestEpoch best) {
    return new StopSignals.Stop(
        control::stop,
        "stopping after the current step; once more to end at once",
        "ended at once; nothing was written",
        () -> "ended before the step was done; " + best.save());
  }

  private Trainer trainer() {
    Trainer trainer =
        Trainer.of(model)
            .train(options.train())
            .freeze(options.freeze())
            .loss(loss)
            .clip(ClipText.read(options.clip()))
            .batchSize(batch)
            .accumulate(accumulate)
            .seed(options.seed())
            .validation(parts.held())
            .earlyStopping(EarlyStopping.on(options.metric(), options.patience()));
    long weights = trainer.trainedWeights();
    int epochs = options.epochs().orElse(pace.epochs(weights));
    double rate = options.rate().orElse(pace.rate(weights));
    long steps = Math.max(1, (long) epochs * (parts.rest().size() / batch / accumulate));
    long warmUp = Math.max(1, Math.round(steps * WARM_UP));
    console.line(
        "%,d samples to train on, %,d to validate with; %s, AdamW, learning rate %s, clip %s",
        parts.rest().size(), parts.held().size(), loss.describe(), rate, options.clip());
    if (options.freezesStatistics()) {
      trainer.freezeStatistics();
    }
    options.average().ifPresent(trainer::averageWeights);
    return trainer
        .epochs(epochs)
        .optimizer(AdamW.of(rate))
        .learningRate(LearningRate.warmUp(warmUp, LearningRate.cosine()));
  }
}
