package dev.swage.train;

import dev.swage.data.Batch;
import dev.swage.data.DataSource;
import dev.swage.data.Suggestion;
import dev.swage.graph.GraphEvaluator;
import dev.swage.graph.Preparation;
import dev.swage.onnx.Graph;
import dev.swage.onnx.OnnxModel;
import dev.swage.onnx.ValueInfo;
import dev.swage.tensor.Tensor;
import dev.swage.train.quantize.QuantizerSchedule;
import dev.swage.train.torch.Guide;
import dev.swage.train.torch.TorchLoss;
import dev.swage.train.torch.TorchLoss.Scale;
import dev.swage.train.torch.TorchSession;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;

/**
 * A model that is not trained and says of each batch what it makes of it. It carries states of its
 * own from batch to batch where it has any.
 */
final class Teacher implements AutoCloseable {
  private final Distillation how;
  private final TorchSession session;
  private Map<String, Tensor> before = Map.of();

  private Teacher(Distillation how, TorchSession session) {
    this.how = how;
    this.session = session;
  }

  /**
   * Opens a teacher.
   *
   * @param student objective of the model that learns
   * @throws TrainingException if there are no logits to compare, or a chosen value is missing
   */
  static Teacher open(
      OnnxModel model, Distillation how, Loss loss, Objective student, DataSource data) {
    OnnxModel teacher =
        InputNormalization.of(Preparation.inlined(model, GraphEvaluator.none()), data);
    Objective own = Objective.of(loss, teacher);
    requireLogits(loss, student.loss());
    requireLogits(loss, own.loss());
    requireValues("the teacher", teacher.graph(), how);
    return new Teacher(
        how,
        TorchSession.open(
            teacher,
            new TorchSession.Options(
                own.head(), 0, List.of(), true, QuantizerSchedule.CONSTANT, how.layers())));
  }

  private static void requireLogits(Loss loss, TorchLoss computed) {
    boolean logits =
        switch (computed) {
          case TorchLoss.CrossEntropy l -> l.scale() != Scale.PROBABILITY;
          case TorchLoss.BinaryCrossEntropy l -> l.scale() == Scale.LOGIT;
          case TorchLoss.SequenceCrossEntropy _ -> true;
          case TorchLoss.SquaredError _, TorchLoss.Huber _ -> false;
        };
    if (!logits) {
      throw new TrainingException(
          "distillation compares logits of classes, and loss %s has none; use a cross-entropy on logits, or no teacher"
              .formatted(loss.describe()));
    }
  }

  /** Refuses names of values that a model has not. */
  static void requireValues(String whose, Graph graph, Distillation how) {
    Set<String> values = new TreeSet<>();
    graph.feeds().stream().map(ValueInfo::name).forEach(values::add);
    graph.nodes().forEach(node -> values.addAll(node.outputs()));
    for (String layer : how.layers()) {
      if (!values.contains(layer)) {
        throw new TrainingException(
            "distillation: %s has no value '%s'; %s"
                .formatted(
                    whose,
                    layer,
                    Suggestion.nearest(layer, values)
                        .map(name -> "nearest: '" + name + "'")
                        .orElseGet(() -> "it has " + some(values))));
      }
    }
  }

  private static String some(Set<String> values) {
    return values.stream().limit(8).collect(Collectors.joining(", "))
        + (values.size() > 8 ? ", …" : "");
  }

  Guide ask(Batch batch) {
    return new Guide(how.temperature(), how.weight(), session.shown(batch.inputs()));
  }

  Map<String, Tensor> states() {
    return session.states();
  }

  void setStates(Map<String, Tensor> states) {
    session.setStates(states);
  }

  /** Remembers the states, for {@link #rollBack}. */
  void mark() {
    before = session.states();
  }

  void rollBack() {
    session.setStates(before);
  }

  @Override
  public void close() {
    session.close();
  }
}
