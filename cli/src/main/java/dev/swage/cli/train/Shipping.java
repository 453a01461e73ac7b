package dev.swage.cli.train;

import dev.swage.cli.compare.Measurement;
import dev.swage.cli.console.Console;
import dev.swage.cli.console.ModelFiles;
import dev.swage.cli.recipe.Recipe;
import dev.swage.cli.recipe.Shipment;
import dev.swage.compress.Conversion;
import dev.swage.compress.WeightOnly;
import dev.swage.data.DataSource;
import dev.swage.onnx.OnnxModel;
import dev.swage.onnx.OnnxWriter;
import dev.swage.report.RunReport;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Writes the files that a recipe ships: the floats, narrowed, and trained through codes. */
final class Shipping {
  private final Recipe recipe;
  private final Path out;
  private final Optional<QuantizedRun> quantized;

  /**
   * @param out folder for the files
   * @param saving where trainings through codes save their state
   */
  Shipping(Recipe recipe, Path out, Optional<Saving> saving, Console console) {
    this.recipe = recipe;
    this.out = out;
    this.quantized =
        recipe.codes().map(codes -> new QuantizedRun(recipe, codes, out, saving, console));
  }

  /** Refuses what cannot be trained through codes, before the network is trained in floats. */
  void check(DataSource train, Optional<DataSource> validation) {
    quantized.ifPresent(run -> run.check(train, validation));
  }

  /** How weights spread in the stages of the training through codes. */
  List<RunReport.Stage> stages() {
    return quantized.map(QuantizedRun::stages).orElse(List.of());
  }

  /**
   * Writes all files.
   *
   * @param trained in floats
   * @return what was written beside the floats, by name
   */
  Map<String, Conversion> write(
      OnnxModel trained, DataSource train, Optional<DataSource> validation) {
    Path model = floats(out);
    OnnxWriter.write(trained, model);
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
    quantized.ifPresent(run -> narrowed.putAll(run.run(trained, model, train, validation)));
    return narrowed;
  }

  /** The files in the folder, the floats first. */
  static List<Measurement.Subject> subjects(Path out, Collection<String> narrowed) {
    Path model = floats(out);
    List<Measurement.Subject> subjects = new ArrayList<>();
    subjects.add(new Measurement.Subject("float32", model));
    narrowed.forEach(
        name -> subjects.add(new Measurement.Subject(name, ModelFiles.sibling(model, name))));
    return subjects;
  }

  private static Path floats(Path out) {
    return out.resolve("model.onnx");
  }
}
