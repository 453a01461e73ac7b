package dev.swage.train;

import dev.swage.data.DataSource;
import dev.swage.onnx.Graph;
import dev.swage.onnx.GraphIndex;
import dev.swage.onnx.Node;
import dev.swage.onnx.OnnxModel;
import dev.swage.onnx.ValueInfo.Dim;
import java.util.List;
import java.util.Optional;

/** The loss that goes without saying: for classes a cross-entropy, for values the squared error. */
final class LossChoice {
  private LossChoice() {}

  static Loss of(OnnxModel model, DataSource data) {
    if (data.batch(0).targets().isEmpty()) {
      throw new TrainingException(data.name() + " has no targets to train on");
    }
    if (!data.batch(0).targets().get().dtype().isInteger()) {
      return Loss.meanSquaredError();
    }
    Graph graph = model.graph();
    List<Dim> dims = graph.outputs().getFirst().dims().orElse(List.of());
    String last =
        GraphIndex.of(graph)
            .producer(graph.outputs().getFirst().name())
            .map(Node::opType)
            .orElse("");
    boolean one = !dims.isEmpty() && dims.getLast() instanceof Dim.Fixed(long size) && size == 1;
    if (one && data.classes().orElse(0) <= 2) {
      return last.equals("Sigmoid")
          ? Loss.binaryCrossEntropy()
          : Loss.binaryCrossEntropyWithLogits();
    }
    if (data.batch(0).targets().get().shape().rank() == 2 && dims.size() == 3) {
      return Loss.sequenceCrossEntropy();
    }
    requireWidth(model, dims, data);
    return switch (last) {
      case "Softmax" -> Loss.crossEntropy();
      case "LogSoftmax" -> Loss.crossEntropyWithLogProbabilities();
      default -> Loss.crossEntropyWithLogits();
    };
  }

  private static void requireWidth(OnnxModel model, List<Dim> dims, DataSource data) {
    int classes = data.classes().orElse(0);
    Optional<Long> width =
        dims.size() == 2 && dims.getLast() instanceof Dim.Fixed(long size)
            ? Optional.of(size)
            : Optional.empty();
    if ((dims.size() > 2 && dims.size() != 4) || width.filter(w -> w < classes).isPresent()) {
      throw new TrainingException(
          "output '%s' of the model is %s, %s has %d classes; give the model a head of %d outputs"
              .formatted(
                  model.graph().outputs().getFirst().name(), dims, data.name(), classes, classes));
    }
  }
}
