package dev.swage.cli.train;

import dev.swage.cli.console.Console;
import dev.swage.cli.console.Failures;
import dev.swage.cli.console.Tables;
import dev.swage.cli.data.DataOptions;
import dev.swage.cli.recipe.Recipe;
import dev.swage.clip.Clip;
import dev.swage.clip.NormStatistics;
import dev.swage.data.DataSource;
import dev.swage.report.ClipDoctorReport;
import dev.swage.report.ClipSummary;
import dev.swage.train.StepRecord;
import dev.swage.train.TrainingControl;
import dev.swage.train.TrainingException;
import dev.swage.train.TrainingListener;
import dev.swage.train.TrainingStoppedException;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.DoubleStream;

/**
 * A dry run: some steps without clipping, though guarded against gradients that are not finite, and
 * the thresholds their norms speak for.
 */
final class ClipDryRun implements TrainingListener {
  private final int steps;
  private final TrainingControl control = new TrainingControl();
  private final DoubleStream.Builder norms = DoubleStream.builder();
  private long skipped;
  private long seen;

  private ClipDryRun(int steps) {
    this.steps = steps;
  }

  static void run(
      Recipe recipe, DataOptions data, int steps, Optional<Path> json, Console console) {
    ClipDryRun calibration = new ClipDryRun(steps);
    DataSource train = RecipeData.open(recipe, data.directory()).train();
    try {
      Trainers.of(recipe, Optional.empty())
          .clip(Clip.none())
          .control(calibration.control)
          .listener(calibration)
          .fit(train);
    } catch (TrainingStoppedException e) {
      // After as many steps as asked for: nothing went wrong.
    } catch (TrainingException e) {
      console.warning(
          String.format(
              Locale.ROOT,
              "without clipping this recipe fails after %d steps: %s; the thresholds rest on those",
              calibration.seen,
              Failures.describe(e)));
    }
    NormStatistics norms = NormStatistics.of(calibration.norms.build().toArray());
    if (norms.count() == 0) {
      throw new TrainingException(
          "no step of the dry run had finite gradients: lower the learning rate or look at the data first");
    }
    console.line(
        "%,d steps without clipping: norm median %.3g, p90 %.3g, largest %.3g; %,d skipped",
        calibration.seen,
        norms.median(),
        norms.quantile(0.9),
        norms.largest(),
        calibration.skipped);
    console.block(Tables.thresholds(norms.suggestions()));
    json.ifPresent(file -> console.write(file, calibration.report(recipe.name(), norms)));
  }

  @Override
  public void step(StepRecord step) {
    norms.add(step.clip().normBefore());
    skipped += step.skipped() ? 1 : 0;
    seen++;
    if (seen >= steps) {
      control.stop();
    }
  }

  private ClipDoctorReport report(String name, NormStatistics norms) {
    ClipSummary summary =
        new ClipSummary("none", seen, 0, skipped, norms.quartiles(), Double.POSITIVE_INFINITY);
    return ClipDoctorCommand.report(name, summary, List.of(), norms);
  }
}
