package dev.swage.train;

import dev.swage.onnx.Graph;
import dev.swage.onnx.GraphIndex;
import dev.swage.onnx.Node;
import dev.swage.onnx.OnnxModel;
import dev.swage.onnx.OutputMeaning;
import dev.swage.train.torch.TorchLoss;
import dev.swage.train.torch.TorchLoss.Scale;
import dev.swage.train.torch.TorchSession.Head;
import java.util.Optional;
import java.util.Set;

/**
 * A loss matched with the node that gives a model's first output, wherever in the file that node
 * is: what is computed, and on which value.
 *
 * @param loss as libtorch computes it
 * @param head the value it is computed on
 * @param meaning what training makes of the first output; empty for losses on values
 */
record Objective(TorchLoss loss, Head head, Optional<OutputMeaning> meaning) {
  private static final Set<String> PRODUCTS = Set.of("Gemm", "MatMul", "Conv");

  static Objective of(Loss loss, OnnxModel model) {
    Target target = target(loss, model);
    return new Objective(target.loss, target.head, meaning(loss));
  }

  /** Above which a binary loss's number says class 1. */
  float threshold() {
    return loss instanceof TorchLoss.BinaryCrossEntropy(Scale scale) && scale == Scale.PROBABILITY
        ? 0.5f
        : 0;
  }

  /**
   * The trained model with {@link #meaning} in its metadata; an entry stays where that is empty.
   */
  OnnxModel describe(OnnxModel trained) {
    return meaning.map(output -> output.applyTo(trained)).orElse(trained);
  }

  private record Target(TorchLoss loss, Head head) {}

  private static Optional<OutputMeaning> meaning(Loss loss) {
    return switch (loss) {
      case Loss.BinaryCrossEntropy l -> Optional.of(meaning(l.output()));
      case Loss.CrossEntropy l -> Optional.of(meaning(l.output()));
      case Loss.SequenceCrossEntropy _ -> Optional.of(OutputMeaning.LOGITS);
      case Loss.MeanSquaredError _ -> Optional.empty();
      case Loss.Huber _ -> Optional.empty();
    };
  }

  private static OutputMeaning meaning(Loss.Output output) {
    return switch (output) {
      case PROBABILITIES -> OutputMeaning.PROBABILITIES;
      case LOG_PROBABILITIES -> OutputMeaning.LOG_PROBABILITIES;
      case LOGITS -> OutputMeaning.LOGITS;
    };
  }

  private static Target target(Loss loss, OnnxModel model) {
    return switch (loss) {
      case Loss.BinaryCrossEntropy l -> binary(l, model);
      case Loss.CrossEntropy l -> classes(l, model);
      case Loss.SequenceCrossEntropy _ ->
          new Target(new TorchLoss.SequenceCrossEntropy(), Head.OUTPUT);
      case Loss.MeanSquaredError _ -> new Target(new TorchLoss.SquaredError(), Head.OUTPUT);
      case Loss.Huber l -> new Target(new TorchLoss.Huber(l.delta()), Head.OUTPUT);
    };
  }

  private static Target binary(Loss.BinaryCrossEntropy loss, OnnxModel model) {
    Optional<Node> sigmoid = ending(model, "Sigmoid");
    boolean logits = loss.output() == Loss.Output.LOGITS;
    if (logits && sigmoid.isPresent()) {
      throw mismatch(loss, sigmoid.get(), "Loss.binaryCrossEntropy()");
    }
    TorchLoss stable = new TorchLoss.BinaryCrossEntropy(Scale.LOGIT);
    if (sigmoid.isPresent()) {
      return new Target(stable, Head.BEFORE_ACTIVATION);
    }
    if (!logits) {
      requireProbabilities(
          loss,
          model,
          "binary-cross-entropy-logits, Loss.binaryCrossEntropyWithLogits(), or end in a sigmoid");
    }
    return new Target(
        logits ? stable : new TorchLoss.BinaryCrossEntropy(Scale.PROBABILITY), Head.OUTPUT);
  }

  private static Target classes(Loss.CrossEntropy loss, OnnxModel model) {
    Optional<Node> softmax = ending(model, "Softmax");
    Optional<Node> logSoftmax = ending(model, "LogSoftmax");
    if (softmax.isPresent() && loss.output() != Loss.Output.PROBABILITIES) {
      throw mismatch(loss, softmax.get(), "Loss.crossEntropy()");
    }
    if (logSoftmax.isPresent() && loss.output() != Loss.Output.LOG_PROBABILITIES) {
      throw mismatch(loss, logSoftmax.get(), "Loss.crossEntropyWithLogProbabilities()");
    }
    if (softmax.isPresent() && isOverClasses(softmax.get(), model)) {
      return new Target(torch(loss, Scale.LOGIT), Head.BEFORE_ACTIVATION);
    }
    if (loss.output() == Loss.Output.PROBABILITIES) {
      requireProbabilities(
          loss, model, "cross-entropy-logits, Loss.crossEntropyWithLogits(), or end in a softmax");
    }
    if (loss.output() == Loss.Output.LOG_PROBABILITIES) {
      requireProbabilities(
          loss,
          model,
          "cross-entropy-logits, Loss.crossEntropyWithLogits(), or end in a log-softmax");
    }
    Scale scale =
        switch (loss.output()) {
          case PROBABILITIES -> Scale.PROBABILITY;
          case LOG_PROBABILITIES -> Scale.LOG_PROBABILITY;
          case LOGITS -> Scale.LOGIT;
        };
    return new Target(torch(loss, scale), Head.OUTPUT);
  }

  private static TorchLoss torch(Loss.CrossEntropy loss, Scale scale) {
    return new TorchLoss.CrossEntropy(scale, loss.balance().smoothing(), loss.balance().weights());
  }

  /**
   * What a product gives is any number: a logarithm of it is NaN sooner or later, and as a
   * logarithm it grows without end.
   */
  private static void requireProbabilities(Loss loss, OnnxModel model, String fitting) {
    GraphIndex index = GraphIndex.of(model.graph());
    Optional<Node> last = LastNode.of(model.graph(), model.graph().outputs().getFirst().name());
    if (last.filter(node -> node.is("Add")).isPresent()) {
      last =
          last.get().inputs().stream()
              .flatMap(input -> index.producer(input).stream())
              .filter(node -> PRODUCTS.contains(node.opType()))
              .findFirst();
    }
    if (last.filter(node -> PRODUCTS.contains(node.opType())).isPresent()) {
      throw mismatch(loss, last.get(), fitting);
    }
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
    return LastNode.of(graph, output).filter(node -> node.is(opType));
  }

  private static TrainingException mismatch(Loss loss, Node last, String fitting) {
    return new TrainingException(
        "loss %s does not fit a model that ends in %s; use %s"
            .formatted(loss.describe(), last.describe(), fitting));
  }
}
