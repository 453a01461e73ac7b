package dev.swage.train;

import dev.swage.data.DataSchema;
import dev.swage.data.DataSource;
import dev.swage.onnx.OnnxModel;
import dev.swage.tensor.Tensor;
import dev.swage.train.torch.TorchSession;
import java.util.List;

/** What training gave: the model, its history, and libtorch's own evaluation of it. */
public final class TrainingRun {
  private final OnnxModel model;
  private final TrainingHistory history;
  private final TrainingPlan plan;
  private final Evaluator evaluator;
  private final long seed;

  TrainingRun(
      OnnxModel model, TrainingHistory history, TrainingPlan plan, Evaluator evaluator, long seed) {
    this.model = model;
    this.history = history;
    this.plan = plan;
    this.evaluator = evaluator;
    this.seed = seed;
  }

  /** The trained model: the graph that went in, with new weights and running statistics. */
  public OnnxModel model() {
    return model;
  }

  public TrainingHistory history() {
    return history;
  }

  public TrainingPlan plan() {
    return plan;
  }

  /** Loss and accuracy of the trained model on this data, in evaluation mode. */
  public Score evaluate(DataSource source) {
    InputNormalization.requireSame(DataSchema.of(model), source);
    try (TorchSession session = open()) {
      return evaluator.score(session, BoundData.of(source, model));
    }
  }

  /**
   * The trained model's outputs in evaluation mode, computed by the trainer's own executor.
   *
   * @param inputs one tensor {@code [n, …]} per model input, in the model's order
   */
  public List<Tensor> outputs(List<Tensor> inputs) {
    try (TorchSession session = open()) {
      return session.outputs(inputs);
    }
  }

  private TorchSession open() {
    return TorchSession.open(model, evaluator.objective().head(), seed);
  }
}
