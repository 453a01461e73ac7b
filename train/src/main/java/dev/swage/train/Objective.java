package dev.swage.train;

import dev.swage.onnx.Graph;
import dev.swage.onnx.Node;
import dev.swage.onnx.OnnxModel;
import dev.swage.train.torch.TorchLoss;
import dev.swage.train.torch.TorchLoss.Scale;
import dev.swage.train.torch.TorchSession.Head;
import java.util.Optional;

/**
 * A loss matched with how a model ends: what is computed, and on which value.
 *
 * @param loss as libtorch computes it
 * @param head the value it is computed on
 */
record Objective(TorchLoss loss, Head head) {
  static Objective of(Loss loss, OnnxModel model) {
    return switch (loss) {
      case Loss.BinaryCrossEntropy l -> binary(l, ending(model, "Sigmoid"));
      case Loss.CrossEntropy l -> classes(l, model);
      case Loss.SequenceCrossEntropy _ ->
          new Objective(new TorchLoss.SequenceCrossEntropy(), Head.OUTPUT);
      case Loss.MeanSquaredError _ -> new Objective(new TorchLoss.SquaredError(), Head.OUTPUT);
      case Loss.Huber l -> new Objective(new TorchLoss.Huber(l.delta()), Head.OUTPUT);
    };
  }

  private static Objective binary(Loss.BinaryCrossEntropy loss, Optional<Node> sigmoid) {
    boolean logits = loss.output() == Loss.Output.LOGITS;
    if (logits && sigmoid.isPresent()) {
      throw mismatch(loss, sigmoid.get(), "Loss.binaryCrossEntropy()");
    }
    TorchLoss stable = new TorchLoss.BinaryCrossEntropy(Scale.LOGIT);
    if (sigmoid.isPresent()) {
      return new Objective(stable, Head.BEFORE_ACTIVATION);
    }
    return new Objective(
        logits ? stable : new TorchLoss.BinaryCrossEntropy(Scale.PROBABILITY), Head.OUTPUT);
  }

  private static Objective classes(Loss.CrossEntropy loss, OnnxModel model) {
    Optional<Node> softmax = ending(model, "Softmax");
    Optional<Node> logSoftmax = ending(model, "LogSoftmax");
    if (softmax.isPresent() && loss.output() != Loss.Output.PROBABILITIES) {
      throw mismatch(loss, softmax.get(), "Loss.crossEntropy()");
    }
    if (logSoftmax.isPresent() && loss.output() != Loss.Output.LOG_PROBABILITIES) {
      throw mismatch(loss, logSoftmax.get(), "Loss.crossEntropyWithLogProbabilities()");
    }
    if (softmax.isPresent() && isOverClasses(softmax.get(), model)) {
      return new Objective(new TorchLoss.CrossEntropy(Scale.LOGIT), Head.BEFORE_ACTIVATION);
    }
    Scale scale =
        switch (loss.output()) {
          case PROBABILITIES -> Scale.PROBABILITY;
          case LOG_PROBABILITIES -> Scale.LOG_PROBABILITY;
          case LOGITS -> Scale.LOGIT;
        };
    return new Objective(new TorchLoss.CrossEntropy(scale), Head.OUTPUT);
  }

  /** Whether the softmax runs over axis 1, where the loss looks for classes. */
  private static boolean isOverClasses(Node softmax, OnnxModel model) {
    int rank = model.graph().outputs().getFirst().dims().map(java.util.List::size).orElse(0);
    long axis = softmax.intAttribute("axis", model.opset() < 13 ? 1 : -1);
    return rank == 2 && (axis == 1 || axis == -1);
  }

  /** The node that gives the first output, if it is this operator. */
  private static Optional<Node> ending(OnnxModel model, String opType) {
    Graph graph = model.graph();
    String output = graph.outputs().getFirst().name();
    return graph.nodes().stream()
        .filter(node -> node.is(opType) && node.outputs().getFirst().equals(output))
        .findFirst();
  }

  private static TrainingException mismatch(Loss loss, Node last, String fitting) {
    return new TrainingException(
        "loss %s does not fit a model that ends in %s; use %s"
            .formatted(loss.describe(), last.describe(), fitting));
  }
}
