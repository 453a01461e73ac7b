package dev.swage.cli.train;

import dev.swage.cli.console.Console;
import dev.swage.cli.console.Failures;
import dev.swage.cli.console.UsageException;
import dev.swage.cli.data.DataOptions;
import dev.swage.cli.recipe.Recipe;
import dev.swage.clip.ClipRecord;
import dev.swage.report.TextTable;
import dev.swage.train.Checkpoint;
import dev.swage.train.StepRecord;
import dev.swage.train.Trainer;
import dev.swage.train.TrainingControl;
import dev.swage.train.TrainingException;
import dev.swage.train.TrainingListener;
import dev.swage.train.TrainingPlan;
import dev.swage.train.TrainingStoppedException;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/**
 * Repeats a run up to one step and shows that step closely. A run is the same bits every time, so
 * the step is the one that happened: from the newest checkpoint before it, or from the beginning.
 */
final class Replay implements TrainingListener {
  private static final int ROWS = 30;

  private final long wanted;
  private final TrainingControl control = new TrainingControl();
  private List<String> names = List.of();
  private Optional<StepRecord> found = Optional.empty();

  private Replay(long wanted) {
    this.wanted = wanted;
  }

  static void run(Recipe recipe, DataOptions data, long step, Path folder, Console console) {
    Replay replay = new Replay(step);
    RecipeData opened = RecipeData.open(recipe, data.directory());
    Trainer trainer =
        Trainers.of(recipe, opened.validation()).control(replay.control).listener(replay);
    Optional<Checkpoint> from =
        Resume.matching(recipe, folder.resolve("checkpoint"))
            .filter(checkpoint -> checkpoint.step() <= step && !checkpoint.finished());
    Resume.label(trainer, recipe);
    from.ifPresent(trainer::resume);
    console.line(
        "repeating %s to step %,d from %s",
        recipe.name(), step, from.map(c -> c.path().toString()).orElse("the beginning"));
    String end = "";
    try {
      trainer.fit(opened.train());
    } catch (TrainingStoppedException e) {
      // After the step asked for.
    } catch (TrainingException e) {
      end = Failures.describe(e);
    }
    if (replay.found.isEmpty()) {
      throw new UsageException(
          "step %,d was not reached: %s"
              .formatted(step, end.isEmpty() ? "the run has fewer steps" : end));
    }
    replay.show(replay.found.get(), console);
  }

  @Override
  public void started(TrainingPlan plan) {
    names = plan.parameterNames();
  }

  @Override
  public void step(StepRecord step) {
    if (step.step() == wanted) {
      found = Optional.of(step);
      control.stop();
    }
  }

  private void show(StepRecord step, Console console) {
    ClipRecord clip = step.clip();
    console.line(
        "step %,d, epoch %d: loss %.6g, %s norm %.4g → %.4g (≤ %.4g, coefficient %.4g)%s",
        step.step(),
        step.epoch(),
        step.loss(),
        clip.method(),
        clip.normBefore(),
        clip.normAfter(),
        clip.threshold(),
        clip.coefficient(),
        step.skipped() ? ", skipped" : "");
    clip.firstNonFinite()
        .ifPresent(name ->
            console.line(
                "%,d NaN or infinite gradient elements, the first in %s", clip.nonFinite(), name));
    console.line(
        "samples: %s",
        IntStream.of(step.samples()).mapToObj(String::valueOf).collect(Collectors.joining(" ")));
    double[] norms = step.parameterNorms();
    TextTable table = TextTable.of(TextTable.text("parameter"), TextTable.number("norm"));
    IntStream.range(0, norms.length)
        .boxed()
        .sorted(
            Comparator.<Integer>comparingDouble(
                    i -> Double.isFinite(norms[i]) ? norms[i] : Double.POSITIVE_INFINITY)
                .reversed())
        .limit(ROWS)
        .forEach(i -> table.row(names.get(i), "%.4g".formatted(norms[i])));
    console.block(table.render());
  }
}
