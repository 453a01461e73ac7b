package dev.swage.compress.weights;

import dev.swage.compress.plan.CompressException;
import dev.swage.compress.plan.PlannedNode;
import dev.swage.compress.plan.Rounding;
import dev.swage.onnx.Graph;
import dev.swage.onnx.GraphPath;
import dev.swage.onnx.Node;
import dev.swage.onnx.op.InputRole;
import dev.swage.onnx.op.OperatorFacts;
import dev.swage.onnx.op.WeightKind;
import dev.swage.tensor.FloatValues;
import dev.swage.tensor.Tensor;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * A floating-point constant of a model, and who reads it.
 *
 * @param path the graph that holds it
 * @param name initializer, or output of a Constant node
 * @param uses the nodes that read it, in its own graph and in the graphs within that
 * @param output whether it is an output of its graph, or of one within
 */
public record Weight(GraphPath path, String name, Tensor tensor, List<Use> uses, boolean output) {
  public Weight {
    uses = List.copyOf(uses);
  }

  /** One input of one node of the graph at {@code path}. */
  public record Use(GraphPath path, Node node, int index) {
    /** What the node does with it. */
    public InputRole role() {
      return OperatorFacts.of(node).role(node, index);
    }

    /** What kind of weight it is to the node; empty where it is none. */
    public Optional<WeightKind> kind() {
      return kindOf(node, index);
    }

    /** What plans call the node. */
    public String name() {
      return PlannedNode.nameOf(path, node);
    }

    /** The node in words, with the graph it stands in. */
    public String describe() {
      return path.isMain() ? node.describe() : node.describe() + " in " + path;
    }
  }

  /** What kind of weight a node reads at an input; empty where it reads none. */
  public static Optional<WeightKind> kindOf(Node node, int index) {
    return OperatorFacts.of(node).role(node, index) instanceof InputRole.Weight(WeightKind kind)
        ? Optional.of(kind)
        : Optional.empty();
  }

  /** All floating-point weights of a graph and of the graphs within it, in file order. */
  public static List<Weight> of(Graph graph) {
    return WeightSearch.of(graph);
  }

  /** What it is called in plans and reports. */
  public String key() {
    return path.key(name);
  }

  /** What it is to those who read it. */
  public Set<WeightKind> kinds() {
    Set<WeightKind> kinds = new LinkedHashSet<>();
    uses.forEach(use -> use.kind().ifPresent(kinds::add));
    return kinds;
  }

  /**
   * How its elements are rounded where it becomes codes alone. To the nearest code, each element
   * errs by itself; but the inputs of a filter are alike, and then the errors of its elements add
   * up. Filters over one channel see neighbouring samples of a smooth signal; filters over several
   * see values of one sign, as Relu leaves them.
   */
  public Rounding rounding() {
    boolean filters =
        uses.stream()
            .allMatch(use -> use.kind().filter(kind -> kind == WeightKind.CONVOLUTION).isPresent());
    if (!filters) {
      return Rounding.NEAREST;
    }
    return tensor.shape().dim(1) == 1 ? Rounding.DIFFUSED : Rounding.BALANCED;
  }

  /** What is said of a weight that holds NaN or infinities: its first such element. */
  static CompressException notFinite(String key, Tensor tensor, IllegalArgumentException cause) {
    for (long i = 0; i < tensor.shape().elements(); i++) {
      if (!Float.isFinite(FloatValues.get(tensor, i))) {
        return new CompressException(
            "weight '%s' %s: element %s is %s; train again or exclude the weight"
                .formatted(
                    key, tensor, Long.toString(i), Float.toString(FloatValues.get(tensor, i))),
            cause);
      }
    }
    return new CompressException(
        "weight '%s' cannot be quantized: %s".formatted(key, cause.getMessage()), cause);
  }

  /**
   * Where its codes belong: in the innermost graph that all its readers see, so that a branch not
   * taken costs nothing and ONNX Runtime can fuse what lies side by side; but not inside a body
   * that its own graph runs many times.
   */
  GraphPath home() {
    GraphPath home = uses.getFirst().path();
    for (Use use : uses) {
      home = home.common(use.path());
    }
    for (GraphPath at = home; !at.equals(path); at = at.enclosing()) {
      if (!at.isBranch()) {
        home = at.enclosing();
      }
    }
    return home;
  }
}
