package dev.swage.cli.train;

import dev.swage.cli.compare.Measurement;
import dev.swage.cli.console.Console;
import dev.swage.cli.console.OutputException;
import dev.swage.cli.console.Tables;
import dev.swage.cli.console.Version;
import dev.swage.cli.recipe.Recipe;
import dev.swage.clip.ClipDoctor;
import dev.swage.clip.ClipHistory;
import dev.swage.compress.Conversion;
import dev.swage.data.DataSource;
import dev.swage.files.AtomicFile;
import dev.swage.files.RunLock;
import dev.swage.files.RunLockedException;
import dev.swage.onnx.OnnxModel;
import dev.swage.onnx.Provenance;
import dev.swage.report.ModelResult;
import dev.swage.report.RunReport;
import dev.swage.run.SessionOptions;
import dev.swage.train.TrainingRun;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.StringJoiner;

/** Carries out one recipe: trains, ships each file, measures them all. */
public final class RecipeRun {
  private static final int EVALUATION_BATCH = 250;

  private final Recipe recipe;
  private final Path dataFolder;
  private final Path out;
  private final Console console;
  private final SpikeWatch spikes = new SpikeWatch();
  private final Optional<Saving> saving;

  /**
   * A run that saves nothing on its way.
   *
   * @param dataFolder where relative data paths start
   * @param out folder for what the run writes; made when absent
   */
  public RecipeRun(Recipe recipe, Path dataFolder, Path out, Console console) {
    this(recipe, dataFolder, out, console, Optional.empty());
  }

  /** A run that saves its state on its way, and may go on from what an earlier one saved. */
  public RecipeRun(
      Recipe recipe, Path dataFolder, Path out, Console console, Optional<Saving> saving) {
    this.saving = saving;
    this.recipe = recipe;
    this.dataFolder = dataFolder;
    this.out = out;
    this.console = console;
  }

  public RunReport run() {
    RecipeData data = RecipeData.open(recipe, dataFolder);
    DataSource train = data.train();
    Optional<DataSource> validation = data.validation();
    DataSource test = data.test();
    makeFolder(out);
    try (RunLock _ = lock()) {
      return run(train, validation, test);
    } catch (IOException e) {
      throw new OutputException("%s: %s".formatted(out, AtomicFile.reason(e)), e);
    }
  }

  /** One run at a time works on a folder. */
  private RunLock lock() throws IOException {
    try {
      return RunLock.take(out, "run");
    } catch (RunLockedException e) {
      throw new OutputException(
          "%s: another run is at work there (%s); wait for it, or choose another --out"
              .formatted(out, e.getMessage()),
          e);
    }
  }

  private RunReport run(DataSource train, Optional<DataSource> validation, DataSource test) {
    console.line(
        "%s: %s. %,d samples to train on, %,d for the test",
        recipe.name(), recipe.title(), train.size(), test.size());

    Shipping shipping = new Shipping(recipe, out, saving, console);
    shipping.check(train, validation);
    TrainingRun trained = train(train, validation);
    ClipHistory.Summary clip = trained.history().clip().summary();
    console.line("clipping: %s", clip.line());
    HistoryReader.History history = HistoryReader.read(out.resolve("history.jsonl"));
    ClipDoctorCommand.print(
        ClipDoctor.examine(history.steps(), recipe.training().optimizer().secondMoments()),
        history.steps().size(),
        console);
    WeightReports.print(trained.history().weights(), console);

    OnnxModel shipped = provenance(train).applyTo(trained.model());
    Map<String, Conversion> narrowed = shipping.write(shipped, train, validation);
    List<ModelResult> results = measure(test, narrowed.keySet());
    console.line("");
    RunReport report = RunReports.of(recipe, trained, narrowed, results, train, spikes.spikes());
    return report.withStages(shipping.stages());
  }

  private TrainingRun train(DataSource train, Optional<DataSource> validation) {
    return new Phase(recipe, out.resolve("history.jsonl"), saving, console)
        .run(Trainers.of(recipe, validation), train, List.of(spikes));
  }

  private Provenance provenance(DataSource train) {
    return Provenance.of(Version.current())
        .withRecipe(recipe.source())
        .withSeed(recipe.seed())
        .withData(train.name(), train.hash());
  }

  private List<ModelResult> measure(DataSource test, Set<String> narrow) {
    List<Measurement.Subject> subjects = Shipping.subjects(out, narrow);
    Measurement measurement = new Measurement(test, EVALUATION_BATCH, SessionOptions.defaults());
    List<ModelResult> results =
        measurement.of(subjects).stream().map(Measurement.Outcome::result).toList();
    console.block(Tables.models(results));
    List<Measurement.Subject> narrowed = subjects.subList(1, subjects.size());
    if (!narrowed.isEmpty()) {
      List<Double> folded = measurement.foldedMillis(narrowed);
      StringJoiner each = new StringJoiner(", ");
      for (int i = 0; i < folded.size(); i++) {
        each.add("%s %.3f".formatted(narrowed.get(i).name(), folded.get(i)));
      }
      console.line("p50 ms with weights dequantized once, at load (--fold-weights): %s", each);
    }
    return results;
  }

  static void makeFolder(Path folder) {
    try {
      Files.createDirectories(folder);
    } catch (IOException e) {
      throw new OutputException(folder + ": this folder cannot be made; choose another --out", e);
    }
  }
}
