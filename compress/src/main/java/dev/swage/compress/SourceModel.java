package dev.swage.compress;

import dev.swage.compress.calibrate.ModelHash;
import dev.swage.graph.Preparation;
import dev.swage.graph.PreparationOptions;
import dev.swage.graph.Prepared;
import dev.swage.onnx.OnnxModel;
import dev.swage.run.ModelFile;
import dev.swage.run.RuntimeEvaluator;
import java.nio.file.Path;

/**
 * A model file to quantize, and the graph that is.
 *
 * @param sha256 {@link ModelHash} of the file
 * @param prepared the graph in the operator set wanted, each node under a name of its own
 */
record SourceModel(ModelFile file, String sha256, Prepared prepared) {
  /**
   * @param integerForms whether activations are to become codes with ranges fixed ahead
   * @param objective what the model is quantized for
   */
  static SourceModel read(
      Path path, long opset, boolean integerForms, QuantGoal.Objective objective) {
    ModelFile file = ModelFile.read(path);
    PreparationOptions options =
        PreparationOptions.defaults()
            .withOpset(opset)
            .withIntegerForms(integerForms)
            .withDenseShuffles(objective == QuantGoal.Objective.SPEED);
    return new SourceModel(file, ModelHash.of(file), prepare(file.model(), options));
  }

  private static Prepared prepare(OnnxModel model, PreparationOptions options) {
    Prepared prepared = Preparation.of(model, options, new RuntimeEvaluator());
    return new Prepared(NodeNames.distinct(prepared.model()), prepared.rewrites());
  }

  /** The same in a later operator set; nodes that become codes keep their names. */
  SourceModel raisedTo(long opset) {
    if (opset <= model().opset()) {
      return this;
    }
    PreparationOptions raise = PreparationOptions.defaults().withSimplify(false).withOpset(opset);
    return new SourceModel(
        file, sha256, prepared.then(Preparation.of(model(), raise, new RuntimeEvaluator())));
  }

  Path path() {
    return file.path();
  }

  OnnxModel model() {
    return prepared.model();
  }
}
