package dev.swage.cli;

import dev.swage.cli.recipe.Recipe;
import dev.swage.cli.recipe.Shipment;
import dev.swage.clip.ClipHistory;
import dev.swage.compress.Conversion;
import dev.swage.compress.WeightOnly;
import dev.swage.data.DataSource;
import dev.swage.onnx.OnnxWriter;
import dev.swage.onnx.Provenance;
import dev.swage.report.ModelResult;
import dev.swage.report.RunReport;
import dev.swage.run.SessionOptions;
import dev.swage.train.TrainingRun;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.StringJoiner;

/** Carries out one recipe: trains, ships each file, measures them all. */
final class RecipeRun {
  private static final int EVALUATION_BATCH = 250;

  private final Recipe recipe;
  private final Path dataFolder;
  private final Path out;
  private final Console console;

  /**
   * @param dataFolder where relative data paths start
   * @param out folder for what the run writes; made when absent
   */
  RecipeRun(Recipe recipe, Path dataFolder, Path out, Console console) {
    this.recipe = recipe;
    this.dataFolder = dataFolder;
    this.out = out;
    this.console = console;
  }

  RunReport run() {
    DataSource train = DataSource.open(recipe.data().train(), dataFolder);
    Optional<DataSource> validation =
        recipe.data().validation().map(spec -> DataSource.open(spec, dataFolder));
    DataSource test = DataSource.open(recipe.data().test(), dataFolder);
    makeFolder(out);
    console.line(
        "%s: %s. %,d samples to train on, %,d for the test",
        recipe.name(), recipe.title(), train.size(), test.size());

    TrainingRun trained = train(train, validation);
    ClipHistory.Summary clip = trained.history().clip().summary();
    console.line("clipping: %s", clip.line());

    Path model = out.resolve("model.onnx");
    OnnxWriter.write(provenance(train).applyTo(trained.model()), model);
    Map<String, Conversion> narrowed = ship(model);
    List<ModelResult> results = measure(model, test);
    console.line("");
    return RunReports.of(recipe, trained, narrowed, results, train);
  }

  private TrainingRun train(DataSource train, Optional<DataSource> validation) {
    try (HistoryFile history = HistoryFile.create(out.resolve("history.jsonl"));
        TrainingProgress progress = new TrainingProgress(console, recipe.name())) {
      return Trainers.of(recipe, validation).listener(history).listener(progress).fit(train);
    }
  }

  private Provenance provenance(DataSource train) {
    return Provenance.of(Main.Version.current())
        .withRecipe(recipe.source())
        .withSeed(recipe.seed())
        .withData(train.name(), train.hash());
  }

  /** Writes each narrowed file beside the float one; by the shipment's name. */
  private Map<String, Conversion> ship(Path model) {
    Map<String, Conversion> narrowed = new LinkedHashMap<>();
    for (Shipment shipment : recipe.ship()) {
      shipment
          .weights()
          .ifPresent(options ->
              narrowed.put(
                  shipment.name(),
                  WeightOnly.of(options)
                      .convert(model, ModelFiles.sibling(model, shipment.name()))));
    }
    return narrowed;
  }

  private List<ModelResult> measure(Path model, DataSource test) {
    List<Measurement.Subject> subjects = new ArrayList<>();
    for (Shipment shipment : recipe.ship()) {
      Path file =
          shipment.weights().isPresent() ? ModelFiles.sibling(model, shipment.name()) : model;
      subjects.add(new Measurement.Subject(shipment.name(), file));
    }
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
