package dev.swage.compress.probe;

import dev.swage.onnx.Attribute;
import dev.swage.onnx.Graph;
import dev.swage.onnx.Node;
import dev.swage.onnx.ValueInfo;
import dev.swage.onnx.op.OperatorFacts;
import dev.swage.tensor.DType;
import dev.swage.tensor.Shape;
import dev.swage.tensor.Tensor;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;

/**
 * How large the integers of a model's inputs may be, found in the graph: an input whose elements
 * reach the indices of a Gather must be below the rows of its table, one that reaches a OneHot
 * below its depth.
 */
final class IndexBounds {
  private static final Set<String> SAME_ROWS =
      Set.of("Cast", "Identity", "DequantizeLinear", "QuantizeLinear");

  private final Map<String, Tensor> constants = new HashMap<>();
  private final Map<String, Node> producers = new HashMap<>();
  private final Set<String> feeds;

  /** Inputs by values that hold elements of theirs and nothing else but what was added to them. */
  private final Map<String, Reached> reached = new HashMap<>();

  private final Map<String, Bound> bounds = new HashMap<>();

  /** An input's elements with something added. */
  private record Reached(String feed, long added) {}

  /** What an index has to be below. */
  sealed interface Bound {
    /** Of a table in the model. */
    record Rows(long rows) implements Bound {}

    /** Of a table that is computed from an input, with as many rows as that has. */
    record RowsOf(String feed, int axis, long added) implements Bound {}

    /** The number, where inputs have these shapes. */
    default long below(Map<String, Shape> shapes) {
      return switch (this) {
        case Rows(long rows) -> rows;
        case RowsOf(String feed, int axis, long added) ->
            Objects.requireNonNull(shapes.get(feed)).dim(axis) - added;
      };
    }
  }

  private IndexBounds(Graph graph) {
    this.feeds = Set.copyOf(graph.feeds().stream().map(ValueInfo::name).toList());
    for (ValueInfo feed : graph.feeds()) {
      if (feed.dtype().filter(DType::isInteger).isPresent()) {
        reached.put(feed.name(), new Reached(feed.name(), 0));
      }
    }
  }

  /** By the input's name; nothing of inputs that no index is made of. */
  static Map<String, Bound> of(Graph graph) {
    IndexBounds bounds = new IndexBounds(graph);
    Map<String, ValueInfo> known = new HashMap<>();
    graph.feeds().forEach(feed -> known.put(feed.name(), feed));
    bounds.walk(graph, known);
    return bounds.bounds;
  }

  private void walk(Graph graph, Map<String, ValueInfo> known) {
    constants.putAll(graph.initializers());
    for (Node node : graph.nodes()) {
      node.outputs().forEach(output -> producers.put(output, node));
      if (node.is("Constant")
          && node.attributes().get("value") instanceof Attribute.TensorValue(Tensor value)) {
        constants.put(node.outputs().getFirst(), value);
      }
      indices(node, known);
      follow(node);
      node.subgraphs().forEach(body -> walk(body, known));
    }
  }

  private void indices(Node node, Map<String, ValueInfo> known) {
    switch (node.opType()) {
      case "Gather", "GatherElements" -> {
        int axis = (int) node.intAttribute("axis", 0);
        bound(node.input(1), node.input(0), axis, known);
      }
      case "OneHot" -> number(node.input(1)).ifPresent(depth -> limit(node.input(0), depth));
      case "EmbedLayerNormalization" -> {
        bound(node.input(0), node.input(2), 0, known);
        bound(node.input(1), node.input(4), 0, known);
      }
      default -> {
        // No index.
      }
    }
  }

  private void bound(String index, String table, int axis, Map<String, ValueInfo> known) {
    Reached from = reached.get(index);
    if (from == null) {
      return;
    }
    Optional<Shape> shape = table(table);
    if (shape.isPresent() && shape.get().rank() > 0) {
      int rank = shape.get().rank();
      limit(index, shape.get().dim(axis < 0 ? axis + rank : axis));
      return;
    }
    String origin = origin(table);
    int rank =
        Optional.ofNullable(known.get(origin)).flatMap(ValueInfo::dims).map(List::size).orElse(0);
    int at = axis < 0 ? axis + rank : axis;
    if (at >= 0 && at < rank && !origin.equals(from.feed())) {
      bounds.putIfAbsent(from.feed(), new Bound.RowsOf(origin, at, from.added()));
    }
  }

  private void limit(String index, long rows) {
    Reached from = reached.get(index);
    if (from == null) {
      return;
    }
    long below = Math.max(1, rows - from.added());
    Bound before = bounds.get(from.feed());
    long least = before instanceof Bound.Rows(long other) ? Math.min(below, other) : below;
    bounds.put(from.feed(), new Bound.Rows(least));
  }

  /** The shape of a table that the model holds, perhaps as codes or in another type. */
  private Optional<Shape> table(String value) {
    String name = value;
    for (int steps = 0; !constants.containsKey(name); steps++) {
      Node producer = producers.get(name);
      if (producer == null || steps > producers.size() || !SAME_ROWS.contains(producer.opType())) {
        return Optional.empty();
      }
      name = producer.input(0);
    }
    return Optional.of(constants.get(name).shape());
  }

  /** The input that a value is computed from, by first inputs that are not constant. */
  private String origin(String value) {
    String name = value;
    for (int steps = 0; !feeds.contains(name); steps++) {
      Node producer = producers.get(name);
      Optional<String> next =
          producer == null
              ? Optional.empty()
              : producer.inputs().stream()
                  .filter(input -> !input.isEmpty() && !constants.containsKey(input))
                  .findFirst();
      if (next.isEmpty() || steps > producers.size()) {
        return "";
      }
      name = next.get();
    }
    return name;
  }

  private void follow(Node node) {
    OperatorFacts facts = OperatorFacts.of(node);
    if (facts.movesValues() || facts.joinsValues() || node.is("Cast") || node.is("Identity")) {
      node.inputs().stream()
          .limit(facts.joinsValues() ? Integer.MAX_VALUE : 1)
          .map(reached::get)
          .filter(Objects::nonNull)
          .findFirst()
          .ifPresent(from -> node.outputs().forEach(output -> reached.put(output, from)));
    } else if (node.is("Add")) {
      add(node, node.input(0), node.input(1));
      add(node, node.input(1), node.input(0));
    }
  }

  private void add(Node node, String value, String added) {
    Reached from = reached.get(value);
    if (from != null) {
      number(added)
          .ifPresent(number ->
              reached.put(
                  node.outputs().getFirst(), new Reached(from.feed(), from.added() + number)));
    }
  }

  /** A constant that is one integer, or of which all are the same. */
  private Optional<Long> number(String value) {
    return Optional.ofNullable(constants.get(value))
        .filter(tensor -> tensor.dtype() == DType.INT64 || tensor.dtype() == DType.INT32)
        .filter(tensor -> tensor.shape().elements() == 1)
        .flatMap(Elements::of)
        .map(elements -> (long) elements[0]);
  }
}
