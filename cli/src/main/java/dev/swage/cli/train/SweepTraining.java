package dev.swage.cli.train;

import dev.swage.cli.compare.Measurement;
import dev.swage.cli.console.Console;
import dev.swage.cli.console.Failures;
import dev.swage.cli.console.OutputException;
import dev.swage.cli.recipe.Recipe;
import dev.swage.clip.ClipHistory;
import dev.swage.data.DataSource;
import dev.swage.files.AtomicFile;
import dev.swage.report.SweepRun;
import dev.swage.run.SessionOptions;
import dev.swage.run.score.Evaluation;
import dev.swage.train.EpochRecord;
import dev.swage.train.Score;
import dev.swage.train.StepRecord;
import dev.swage.train.Trainer;
import dev.swage.train.TrainingException;
import dev.swage.train.TrainingListener;
import dev.swage.train.TrainingRun;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.Writer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import java.util.stream.DoubleStream;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** One run of a sweep. */
final class SweepTraining {
  private static final int EVALUATION_BATCH = 250;

  private final Recipe recipe;
  private final Path dataFolder;
  private final boolean ship;

  /**
   * @param ship whether the recipe's files are made and measured too
   */
  SweepTraining(Recipe recipe, Path dataFolder, boolean ship) {
    this.recipe = recipe;
    this.dataFolder = dataFolder;
    this.ship = ship;
  }

  SweepRun run(List<SweepRun.Setting> settings) {
    RecipeData data = RecipeData.open(recipe, dataFolder);
    DataSource test = data.test();
    Watch watch = new Watch();
    Trainer trainer = Trainers.of(recipe, data.validation()).listener(watch);
    long start = System.nanoTime();
    String failure = "";
    @Nullable Score score = null;
    List<SweepRun.Shipped> shipped = List.of();
    double seconds = 0;
    try {
      TrainingRun run = trainer.fit(data.train());
      seconds = (System.nanoTime() - start) * 1e-9;
      score = run.evaluate(test);
      shipped = ship ? ship(run, data, test) : List.of();
    } catch (TrainingException e) {
      failure = Failures.describe(e);
    }
    return new SweepRun(
        settings,
        failure,
        watch.epochs,
        score == null ? OptionalDouble.empty() : OptionalDouble.of(score.loss()),
        score == null ? OptionalDouble.empty() : score.accuracy(),
        recipe
            .training()
            .disturbance()
            .map(d -> Recovery.after(watch.losses(), Math.toIntExact(d.step())))
            .orElse(OptionalInt.empty()),
        RunReports.summary(watch.clip.summary()),
        seconds > 0 ? seconds : (System.nanoTime() - start) * 1e-9,
        shipped);
  }

  private List<SweepRun.Shipped> ship(TrainingRun run, RecipeData data, DataSource test) {
    try {
      Path folder = Files.createTempDirectory("swage-sweep-");
      try {
        Shipping shipping = new Shipping(recipe, folder, Optional.empty(), silent());
        List<String> names =
            List.copyOf(shipping.write(run.model(), data.train(), data.validation()).keySet());
        return measure(names, Shipping.subjects(folder, names), test);
      } finally {
        delete(folder);
      }
    } catch (IOException e) {
      throw new OutputException("the folder for a run's files: " + AtomicFile.reason(e), e);
    }
  }

  private static Console silent() {
    PrintWriter nowhere = new PrintWriter(Writer.nullWriter());
    return new Console(nowhere, nowhere, true);
  }

  private static List<SweepRun.Shipped> measure(
      List<String> names, List<Measurement.Subject> subjects, DataSource test) {
    List<Optional<Evaluation>> scores =
        new Measurement(test, EVALUATION_BATCH, SessionOptions.defaults()).scores(subjects);
    List<SweepRun.Shipped> shipped = new ArrayList<>();
    for (int i = 0; i < names.size(); i++) {
      Optional<Evaluation> score = scores.get(i + 1);
      shipped.add(
          new SweepRun.Shipped(
              names.get(i),
              score
                  .flatMap(Evaluation::loss)
                  .map(loss -> OptionalDouble.of(loss.value()))
                  .orElse(OptionalDouble.empty()),
              score.map(Evaluation::accuracy).orElse(OptionalDouble.empty())));
    }
    return shipped;
  }

  private static void delete(Path folder) throws IOException {
    try (Stream<Path> all = Files.walk(folder)) {
      for (Path path : all.sorted(Comparator.reverseOrder()).toList()) {
        Files.delete(path);
      }
    }
  }

  /** What is known of a run even when it fails. */
  private static final class Watch implements TrainingListener {
    private final ClipHistory clip = new ClipHistory();
    private final DoubleStream.Builder losses = DoubleStream.builder();
    private long epochs;

    double[] losses() {
      return losses.build().toArray();
    }

    @Override
    public void step(StepRecord step) {
      clip.add(step.clip(), step.skipped());
      losses.add(step.loss());
    }

    @Override
    public void epoch(EpochRecord epoch) {
      epochs = epoch.epoch();
    }
  }
}
