package dev.swage.graph.clean;

import dev.swage.graph.pass.Scope;
import dev.swage.onnx.Node;
import dev.swage.onnx.ValueInfo.Dim;
import dev.swage.onnx.op.OperatorFacts;
import dev.swage.tensor.DType;
import dev.swage.tensor.Shape;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** Which nodes hand on their first input as it is. */
final class NoOps {
  private static final Set<String> OF_ONE = Set.of("Concat", "Sum", "Max", "Min", "Mean");

  private NoOps() {}

  static boolean isNoOp(Node node, Scope scope) {
    if (!node.domain().isEmpty() || node.input(0).isEmpty() || usesMoreOutputs(node)) {
      return false;
    }
    return switch (node.opType()) {
      case "Identity" -> true;
      case "Dropout" -> isInference(node, scope);
      case "Cast" -> sameType(node, scope);
      case "Transpose" -> isInOrder(node, scope);
      case "Pad" -> padsNothing(node, scope);
      default ->
          OF_ONE.contains(node.opType())
              ? node.inputs().size() == 1
              : canKeepShape(node) && keepsShape(node, scope);
    };
  }

  private static boolean usesMoreOutputs(Node node) {
    return node.outputs().stream().skip(1).anyMatch(output -> !output.isEmpty());
  }

  /** Before opset 12 Dropout could only infer, from there on unless an input asks for training. */
  private static boolean isInference(Node node, Scope scope) {
    return node.input(2).isEmpty() || !scope.bool(node.input(2)).orElse(true);
  }

  private static boolean sameType(Node node, Scope scope) {
    Optional<DType> from = scope.facts().dtype(node.input(0));
    return from.isPresent() && from.equals(scope.facts().dtype(node.outputs().getFirst()));
  }

  private static boolean isInOrder(Node node, Scope scope) {
    long[] perm = node.intsAttribute("perm");
    if (perm.length == 0) {
      return scope.facts().rank(node.input(0)).orElse(2) < 2;
    }
    for (int i = 0; i < perm.length; i++) {
      if (perm[i] != i) {
        return false;
      }
    }
    return true;
  }

  private static boolean padsNothing(Node node, Scope scope) {
    Optional<long[]> pads =
        node.input(1).isEmpty()
            ? Optional.of(node.intsAttribute("pads")).filter(p -> p.length > 0)
            : scope.integers(node.input(1));
    return pads.isPresent() && Arrays.stream(pads.get()).allMatch(pad -> pad == 0);
  }

  private static boolean canKeepShape(Node node) {
    return OperatorFacts.of(node).keepsOrder() || node.is("Expand");
  }

  private static boolean keepsShape(Node node, Scope scope) {
    Optional<Shape> before = scope.facts().shape(node.input(0));
    Optional<Shape> after = scope.facts().shape(node.outputs().getFirst());
    if (before.isPresent() && after.isPresent()) {
      return before.equals(after);
    }
    if (node.is("Flatten")) {
      return node.intAttribute("axis", 1) == 1 && scope.facts().rank(node.input(0)).orElse(0) == 2;
    }
    return node.is("Reshape") && reshapesToItself(node, scope);
  }

  /** Every dimension asked for is the one that is there, but for one that follows from the rest. */
  private static boolean reshapesToItself(Node node, Scope scope) {
    Optional<List<Dim>> dims = scope.facts().dims(node.input(0));
    Optional<long[]> wanted = scope.integers(node.input(1));
    if (dims.isEmpty()
        || wanted.isEmpty()
        || wanted.get().length != dims.get().size()
        || node.intAttribute("allowzero", 0) != 0) {
      return false;
    }
    int open = 0;
    for (int i = 0; i < wanted.get().length; i++) {
      long want = wanted.get()[i];
      Dim have = dims.get().get(i);
      if (want == -1) {
        open++;
      } else if (want != 0 && !(have instanceof Dim.Fixed(long size) && size == want)) {
        return false;
      } else if (have instanceof Dim.Fixed(long size) && size == 0) {
        return false;
      }
    }
    return open <= 1;
  }
}
