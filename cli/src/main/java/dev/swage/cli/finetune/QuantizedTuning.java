package dev.swage.cli.finetune;

import dev.swage.cli.console.Console;
import dev.swage.cli.data.SomeSamples;
import dev.swage.cli.recipe.CodesPlan;
import dev.swage.compress.Conversion;
import dev.swage.compress.QuantizeData;
import dev.swage.compress.planner.QuantizedSource;
import dev.swage.data.HoldOut;
import dev.swage.hybrid.QatOptions;
import dev.swage.hybrid.QuantizationAware;
import dev.swage.onnx.OnnxModel;
import dev.swage.onnx.Provenance;
import dev.swage.run.ModelFile;
import dev.swage.run.ModelSession;
import dev.swage.run.SessionOptions;
import dev.swage.run.score.Evaluation;
import dev.swage.train.Loss;
import dev.swage.train.Score;
import dev.swage.train.TrainingRun;
import dev.swage.train.quantize.QuantizerMethod;
import java.nio.file.Path;
import java.util.Optional;

/** The part of {@code finetune} that trains a model through its codes, and writes them. */
final class QuantizedTuning {
  private final Start start;
  private final HoldOut parts;
  private final FinetuneOptions options;
  private final Loss loss;
  private final Console console;

  QuantizedTuning(Start start, HoldOut parts, FinetuneOptions options, Loss loss, Console console) {
    this.start = start;
    this.parts = parts;
    this.options = options;
    this.loss = loss;
    this.console = console;
  }

  /**
   * What it begins from.
   *
   * @param source file of the model
   * @param model in floats
   * @param codes what it is trained for, where no plan says it
   * @param plan of which nodes become which codes
   */
  record Start(Path source, OnnxModel model, QatOptions codes, Optional<CodesPlan> plan) {
    QuantizationAware planned(HoldOut parts, long seed) {
      return plan.isPresent()
          ? plan.get().of(model, source.toString(), QuantizeData.none(), plan.get().widths(codes))
          : QuantizationAware.plan(model, SomeSamples.toObserve(parts.rest(), codes, seed), codes);
    }
  }

  /**
   * What came of it.
   *
   * @param before as it was
   * @param untrained with the same codes, before a step was taken
   * @param best with the codes of the best epoch
   * @param better whether that is better than untrained: it is what was written then
   * @param run the training
   * @param plan which nodes have which codes, in words
   */
  record Result(
      Score before,
      Score untrained,
      Score best,
      boolean better,
      TrainingRun run,
      Conversion conversion,
      String plan,
      QuantizerMethod method) {
    /** With the codes that were written. */
    Score written() {
      return better ? best : untrained;
    }
  }

  Result run(Path out, Provenance provenance) {
    Finetuning floats =
        new Finetuning(start.model(), parts, options, loss, console, Pace.OF_FLOATS);
    Score before = floats.score();
    QuantizedSource.operators(start.model())
        .ifPresent(operators ->
            console.line(
                "%s is quantized already (%s): what its codes stand for is trained, from its scales on where widths are the same",
                start.source(), operators));
    QuantizationAware qat = start.planned(parts, options.seed());
    console.line("%s", qat.plan().summary());
    Finetuning tuning = new Finetuning(qat.model(), parts, options, loss, console, Pace.OF_CODES);
    Score untrained = tuning.score();
    console.line("as it is: %s; as codes, untrained: %s", line(before), line(untrained));
    TrainingRun run = tuning.run(BestEpoch.unsaved());
    Score trained = run.evaluate(parts.held());
    boolean better = tuning.isBetter(trained, untrained);
    if (!better) {
      console.line(
          "no epoch was better than the codes as they were (%s): these are written", line(trained));
    }
    OnnxModel best = better ? run.model() : qat.model();
    Conversion conversion =
        qat.write(provenance.applyTo(best), out, SomeSamples.toProve(parts.held(), options.seed()));
    return new Result(
        before,
        untrained,
        trained,
        better,
        run,
        conversion,
        qat.plan().summary(),
        start.codes().method());
  }

  private static String line(Score score) {
    return ScoreLine.of(score);
  }

  /** How well the written file does in ONNX Runtime. */
  Evaluation measure(Path out) {
    ModelFile file = ModelFile.read(out);
    try (ModelSession session = ModelSession.open(out, SessionOptions.defaults())) {
      return Evaluation.of(session, parts.held(), SomeSamples.MOST, file.outputKind());
    }
  }
}
