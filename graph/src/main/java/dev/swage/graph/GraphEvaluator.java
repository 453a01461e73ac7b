package dev.swage.graph;

import dev.swage.onnx.OnnxModel;
import dev.swage.onnx.ValueInfo;
import dev.swage.tensor.Tensor;
import java.util.List;
import java.util.Optional;

/**
 * What {@link Preparation} asks of a runtime: values of constants, and types and shapes of values.
 * The models it asks about are parts of the model under work. An evaluator may refuse any of them:
 * then fewer rewrites are made, and an operator whose raising needs a shape or a constant is not
 * raised but named in an error.
 */
public interface GraphEvaluator {
  /**
   * Runs a model that has no inputs.
   *
   * @return one tensor for each output of the graph, in its order; empty when the model cannot be
   *     run
   */
  Optional<List<Tensor>> compute(OnnxModel model);

  /**
   * Infers types and shapes of a model's outputs. All of them are asked for; none has a type yet.
   *
   * @return what is known of outputs of the graph, without dimensions where the rank is not known;
   *     empty when the model cannot be loaded
   */
  Optional<List<ValueInfo>> infer(OnnxModel model);

  /**
   * The evaluator without a runtime: constants are folded where nothing must be run, and types and
   * shapes are those that the model declares.
   */
  static GraphEvaluator none() {
    return NoEvaluator.NONE;
  }
}
