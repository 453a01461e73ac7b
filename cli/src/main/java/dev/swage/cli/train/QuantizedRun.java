package dev.swage.cli.train;

import dev.swage.cli.console.Console;
import dev.swage.cli.console.ModelFiles;
import dev.swage.cli.data.SomeSamples;
import dev.swage.cli.recipe.Codes;
import dev.swage.cli.recipe.Recipe;
import dev.swage.clip.ClipDoctor;
import dev.swage.compress.Conversion;
import dev.swage.compress.QuantizeData;
import dev.swage.data.DataSource;
import dev.swage.hybrid.QatOptions;
import dev.swage.hybrid.QuantizationAware;
import dev.swage.onnx.OnnxModel;
import dev.swage.report.RunReport;
import dev.swage.train.Trainer;
import dev.swage.train.TrainingRun;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** The part of a recipe's run that trains the model through its codes, stage by stage. */
final class QuantizedRun {
  private final Recipe recipe;
  private final Codes codes;
  private final Path out;
  private final Optional<Saving> saving;
  private final Console console;
  private final List<RunReport.Stage> stages = new ArrayList<>();

  QuantizedRun(Recipe recipe, Codes codes, Path out, Optional<Saving> saving, Console console) {
    this.recipe = recipe;
    this.codes = codes;
    this.out = out;
    this.saving = saving;
    this.console = console;
  }

  /**
   * Refuses what cannot be trained through codes, before the network is trained in floats: a frozen
   * weight whose scale is to be trained, groups of clipping that nothing belongs to.
   */
  void check(DataSource train, Optional<DataSource> validation) {
    OnnxModel floats = Trainers.of(recipe, validation).start(train);
    QuantizationAware qat = plan(floats, train, codes.last());
    int last = codes.stages().size() - 1;
    Trainer trainer = Trainers.ofStage(recipe, codes, last, qat.model(), validation);
    codes.distillation().ifPresent(how -> trainer.distill(qat.prepared(), how));
    trainer.start(train);
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
    int stages = codes.stages().size();
    for (int stage = 0; stage < stages; stage++) {
      qat = stages == 1 ? plain : plan(floats, train, codes.stages().get(stage));
      Trainer trainer = Trainers.ofStage(recipe, codes, stage, qat.model(), validation);
      codes.distillation().ifPresent(how -> trainer.distill(plain.prepared(), how));
      last = train(trainer, stage, train).model();
      floats = qat.floats(last);
    }
    written.put(
        codes.name(), qat.write(last, ModelFiles.sibling(model, codes.name()), proof(train)));
    return written;
  }

  private QuantizationAware plan(OnnxModel floats, DataSource train, QatOptions options) {
    QuantizeData samples = SomeSamples.toObserve(train, options, recipe.seed());
    int least = options.weights().bits();
    return codes
        .plan()
        .map(plan -> plan.withWeightBits(bits -> Math.max(bits, least)))
        .map(plan -> plan.of(floats, "network", samples, options))
        .orElseGet(() -> QuantizationAware.plan(floats, samples, options));
  }

  private Optional<DataSource> proof(DataSource train) {
    return SomeSamples.toProve(train, recipe.seed());
  }

  private TrainingRun train(Trainer trainer, int stage, DataSource train) {
    Path folder = out.resolve("quantize-" + (stage + 1));
    RecipeRun.makeFolder(folder);
    String title = recipe.name() + " " + title(stage);
    TrainingRun run =
        Phase.ofStage(recipe, title, folder, saving, console).run(trainer, train, List.of());
    HistoryReader.History history = HistoryReader.read(folder.resolve("history.jsonl"));
    ClipDoctorCommand.print(
        ClipDoctor.examine(history.steps(), codes.optimizer().secondMoments()),
        history.steps().size(),
        console);
    WeightReports.print(run.history().weights(), console);
    WeightReports.of(run)
        .ifPresent(ranges -> stages.add(new RunReport.Stage(title(stage), ranges)));
    return run;
  }

  private String title(int stage) {
    return codes.stages().get(stage).weights().bits() + " bits";
  }

  /** How weights spread in the stages that were trained. */
  List<RunReport.Stage> stages() {
    return List.copyOf(stages);
  }
}
