package dev.swage.cli.finetune;

import dev.swage.onnx.OnnxModel;
import dev.swage.train.EpochRecord;
import dev.swage.train.Score;
import dev.swage.train.TrainingListener;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.Predicate;
import java.util.function.Supplier;

/**
 * The best epoch so far, which is written where the run is stopped: by the training thread after
 * its step, or by another one that cannot wait for it; once in any case. Safe for use by both.
 */
final class BestEpoch implements TrainingListener {
  private final String out;
  private final Predicate<Score> worthwhile;
  private final Optional<Consumer<OnnxModel>> write;
  private Optional<Found> found = Optional.empty();
  private Optional<String> said = Optional.empty();

  private record Found(EpochRecord epoch, Supplier<OnnxModel> model) {}

  /**
   * @param out name of the file
   * @param worthwhile whether a model that scores so is better than the one the run began with
   * @param write writes the file
   */
  BestEpoch(String out, Predicate<Score> worthwhile, Consumer<OnnxModel> write) {
    this(out, worthwhile, Optional.of(write));
  }

  private BestEpoch(String out, Predicate<Score> worthwhile, Optional<Consumer<OnnxModel>> write) {
    this.out = out;
    this.worthwhile = worthwhile;
    this.write = write;
  }

  /** Of training that is only a part of what gives the file: nothing is written. */
  static BestEpoch unsaved() {
    return new BestEpoch("", _ -> true, Optional.empty());
  }

  @Override
  public synchronized void improved(EpochRecord epoch, Supplier<OnnxModel> model) {
    found = Optional.of(new Found(epoch, model));
  }

  /** Writes the best epoch, if there is one, and says in words what is there now. */
  synchronized String save() {
    if (said.isEmpty()) {
      said = Optional.of(saved());
    }
    return said.get();
  }

  /** The run has come to its end: its result is written by others. */
  synchronized void finished() {
    said = Optional.of("training was finished");
  }

  private String saved() {
    if (write.isEmpty()) {
      return "nothing was written";
    }
    if (found.isEmpty()) {
      return "nothing was written, for no epoch was done";
    }
    EpochRecord epoch = found.get().epoch();
    Score score = epoch.validation().orElseThrow();
    if (!worthwhile.test(score)) {
      return "nothing was written, for no epoch was better than the model as it is";
    }
    write.get().accept(found.get().model().get());
    return "%s holds epoch %d, the best so far: %s"
        .formatted(out, epoch.epoch(), ScoreLine.of(score));
  }
}
