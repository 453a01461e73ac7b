package dev.swage.cli.train;

import dev.swage.cli.console.Console;
import dev.swage.cli.console.ModelFiles;
import dev.swage.cli.recipe.Codes;
import dev.swage.cli.recipe.Recipe;
import dev.swage.compress.Conversion;
import dev.swage.compress.QuantizeData;
import dev.swage.data.DataSource;
import dev.swage.data.HoldOut;
import dev.swage.hybrid.QatOptions;
import dev.swage.hybrid.QuantizationAware;
import dev.swage.onnx.OnnxModel;
import dev.swage.train.Trainer;
import dev.swage.train.TrainingRun;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** The part of a recipe's run that trains the model through its codes, stage by stage. */
final class QuantizedRun {
  /** Samples that ranges are observed on. */
  private static final int OBSERVED = 512;

  private final Recipe recipe;
  private final Codes codes;
  private final Path out;
  private final Optional<Saving> saving;
  private final Console console;

  QuantizedRun(Recipe recipe, Codes codes, Path out, Optional<Saving> saving, Console console) {
    this.recipe = recipe;
    this.codes = codes;
    this.out = out;
    this.saving = saving;
    this.console = console;
  }

  /**
   * Trains and writes.
   *
   * @param trained in floats, with what its metadata are to say
   * @param model the file that it was written to
   * @return what was written, by name
   */
  Map<String, Conversion> run(
      OnnxModel trained, Path model, DataSource train, Optional<DataSource> validation) {
    Map<String, Conversion> written = new LinkedHashMap<>();
    QuantizationAware plain = plan(trained, train, codes.last());
    console.line("%s: %s", codes.name(), plain.plan().summary());
    written.put(
        codes.untrained(),
        plain.write(plain.model(), ModelFiles.sibling(model, codes.untrained()), proof(train)));
    OnnxModel floats = trained;
    QuantizationAware qat = plain;
    OnnxModel last = plain.model();
    for (int stage = 0; stage < codes.stages().size(); stage++) {
      qat = plan(floats, train, codes.stages().get(stage));
      last = train(qat, stage, train, validation).model();
      floats = qat.floats(last);
    }
    written.put(
        codes.name(), qat.write(last, ModelFiles.sibling(model, codes.name()), proof(train)));
    return written;
  }

  private QuantizationAware plan(OnnxModel floats, DataSource train, QatOptions options) {
    return QuantizationAware.plan(
        floats,
        options.fixesRanges() ? QuantizeData.of(observed(train)) : QuantizeData.none(),
        options);
  }

  private DataSource observed(DataSource train) {
    boolean whole = train.streams().isPresent() || train.size() <= OBSERVED;
    return whole
        ? train
        : HoldOut.of(train, (double) OBSERVED / train.size(), recipe.seed()).held();
  }

  /** What files are proven on: some samples; a long text's model on random inputs. */
  private Optional<DataSource> proof(DataSource train) {
    return train.streams().isPresent() ? Optional.empty() : Optional.of(observed(train));
  }

  private TrainingRun train(
      QuantizationAware qat, int stage, DataSource train, Optional<DataSource> validation) {
    String name = "quantize-" + (stage + 1);
    Trainer trainer = Trainers.ofStage(recipe, codes, qat.model(), validation);
    Optional<Saving> own = saving.map(s -> Phase.in(s, out.resolve(name).resolve("checkpoint")));
    RecipeRun.makeFolder(out.resolve(name));
    return new Phase(
            recipe,
            recipe.name() + " " + codes.stages().get(stage).weights().bits() + " bits",
            out.resolve(name).resolve("history.jsonl"),
            own,
            console)
        .run(trainer, train, List.of());
  }
}
