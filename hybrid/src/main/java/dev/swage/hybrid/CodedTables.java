package dev.swage.hybrid;

import dev.swage.onnx.Graph;
import dev.swage.onnx.GraphIndex;
import dev.swage.onnx.Node;
import dev.swage.quant.Granularity;
import dev.swage.quant.QuantParams;
import dev.swage.tensor.DType;
import dev.swage.tensor.Tensor;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** Tables whose rows are looked up as codes: {@code float(rows of codes) · rows of scales}. */
final class CodedTables {
  private final GraphIndex index;
  private final StoredConstants constants;
  private final Map<String, Table> byResult = new HashMap<>();
  private final Set<String> inside = new HashSet<>();

  /**
   * A table that is looked up.
   *
   * @param lookup the node that reads its codes
   */
  record Table(Node lookup, StoredConstants.Weight weight) {}

  CodedTables(Graph graph, GraphIndex index, StoredConstants constants) {
    this.index = index;
    this.constants = constants;
    graph.nodes().stream().filter(node -> node.is("Mul")).forEach(this::look);
  }

  /** The table whose rows a node gives, rescaled. */
  Optional<Table> of(Node node) {
    return Optional.ofNullable(byResult.get(node.outputs().getFirst()));
  }

  /** Whether a node is a part of such a lookup before its result. */
  boolean isInside(Node node) {
    return inside.contains(node.outputs().getFirst());
  }

  private void look(Node product) {
    Optional<Node> cast = only(product.input(0), "Cast");
    Optional<Node> codes = cast.flatMap(node -> only(node.input(0), "Gather"));
    Optional<Node> scales = only(product.input(1), "Gather");
    if (codes.isEmpty() || scales.isEmpty() || !isRows(codes.get(), scales.get())) {
      return;
    }
    Optional<Tensor> table = constants.of(codes.get().input(0)).filter(CodedTables::isCodes);
    Optional<Tensor> each =
        constants.of(scales.get().input(0)).filter(tensor -> tensor.dtype() == DType.FLOAT32);
    boolean fits =
        table.isPresent()
            && each.isPresent()
            && table.get().shape().rank() == 2
            && each.get().shape().elements() == table.get().shape().dim(0);
    if (fits) {
      float[] steps = each.get().toFloats();
      Granularity rows = Granularity.perChannel(0);
      QuantParams params =
          new QuantParams(rows.paramShape(table.get().shape()), steps, new int[steps.length]);
      StoredConstants.Weight weight =
          StoredConstants.weight(codes.get().input(0), table.get(), rows, params);
      byResult.put(product.outputs().getFirst(), new Table(codes.get(), weight));
      for (Node part : List.of(cast.get(), codes.get(), scales.get())) {
        inside.add(part.outputs().getFirst());
      }
    }
  }

  private static boolean isCodes(Tensor tensor) {
    return tensor.dtype().isInteger() && tensor.dtype().bits() == Byte.SIZE;
  }

  private static boolean isRows(Node codes, Node scales) {
    return codes.input(1).equals(scales.input(1))
        && codes.intAttribute("axis", 0) == 0
        && scales.intAttribute("axis", 0) == 0;
  }

  /** What computes a value for one reader. */
  private Optional<Node> only(String value, String operator) {
    return index
        .producer(value)
        .filter(node -> node.is(operator))
        .filter(_ -> index.onlyConsumer(value).isPresent() && !index.isGraphOutput(value));
  }
}
