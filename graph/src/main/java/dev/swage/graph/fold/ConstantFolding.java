package dev.swage.graph.fold;

import dev.swage.graph.pass.Pass;
import dev.swage.graph.pass.Scope;
import dev.swage.graph.widen.Widened;
import dev.swage.onnx.Graph;
import dev.swage.onnx.GraphIndex;
import dev.swage.onnx.Node;
import dev.swage.onnx.OnnxModel;
import dev.swage.onnx.op.OperatorFacts;
import dev.swage.tensor.DType;
import dev.swage.tensor.Shape;
import dev.swage.tensor.Tensor;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;

/**
 * Computes what depends on constants only: the Constant nodes themselves, sizes of known shapes,
 * constants under another shape (a view of the same bytes), 16-bit constants cast to float32
 * ({@link Widened}), and the rest by a runtime. A node that writes an output of its graph stays.
 */
public final class ConstantFolding implements Pass {
  /** What marks a tensor as quantized. */
  private static final Set<String> KEPT = Set.of("QuantizeLinear", "DequantizeLinear");

  /** What ONNX Runtime's Java API hands out. */
  private static final Set<DType> READABLE =
      Set.of(
          DType.FLOAT32,
          DType.FLOAT64,
          DType.FLOAT16,
          DType.INT64,
          DType.INT32,
          DType.INT16,
          DType.INT8,
          DType.UINT8,
          DType.BOOL);

  /** As many elements as their inputs have at most, which need no shape known ahead. */
  private static final Set<String> SELECTING = Set.of("NonZero", "Unique", "Compress");

  private static final long SELECTED_BYTES = 1 << 16;

  private final FoldBudget budget;
  private final Function<OnnxModel, Optional<List<Tensor>>> runtime;
  private final Widened widened = new Widened();
  private final Set<String> failed = new HashSet<>();

  /**
   * @param runtime gives the outputs of a model without inputs; empty when it cannot
   */
  public ConstantFolding(FoldBudget budget, Function<OnnxModel, Optional<List<Tensor>>> runtime) {
    this.budget = budget;
    this.runtime = runtime;
  }

  /** Constants that are stored in 16 bits, and are float32 now. */
  public Widened widened() {
    return widened;
  }

  @Override
  public Graph apply(Graph graph, Scope scope) {
    Folding folding = new Folding(graph, scope);
    graph.nodes().forEach(folding::visit);
    return folding.result();
  }

  /** One graph under work. */
  private final class Folding {
    private final Graph graph;
    private final Scope scope;
    private final Set<String> outputs = new HashSet<>();
    private final Set<String> staying = new HashSet<>();
    private final Map<String, Tensor> known;
    private final Map<String, Tensor> found = new LinkedHashMap<>();
    private final List<Node> pending = new ArrayList<>();
    private final Set<String> pendingValues = new HashSet<>();
    private final List<Node> kept = new ArrayList<>();

    Folding(Graph graph, Scope scope) {
      this.graph = graph;
      this.scope = scope;
      this.known = new HashMap<>(scope.constants());
      graph.outputs().forEach(output -> outputs.add(output.name()));
      if (!budget.takesCopies()) {
        staying.addAll(outputs);
        stay();
      }
    }

    /** Finds what is read by nodes that read other than constants: it stays, whatever is folded. */
    private void stay() {
      Set<String> constant = new HashSet<>(known.keySet());
      for (Node node : graph.nodes()) {
        boolean fixed =
            node.subgraphs().isEmpty()
                && !KEPT.contains(node.opType())
                && node.inputs().stream().allMatch(in -> in.isEmpty() || constant.contains(in));
        if (fixed) {
          constant.addAll(node.outputs());
        } else {
          staying.addAll(node.inputs());
          node.subgraphs().forEach(inner -> staying.addAll(GraphIndex.captures(inner)));
        }
      }
    }

    void visit(Node node) {
      if (!node.domain().isEmpty()
          || node.outputs().stream().anyMatch(outputs::contains)
          || !node.subgraphs().isEmpty()) {
        kept.add(node);
        return;
      }
      Optional<Tensor> value = ahead(node);
      if (value.isPresent()) {
        found(node.outputs().getFirst(), value.get());
        scope.log().add(node, node.outputs());
      } else if (isComputable(node)) {
        pending.add(node);
        pendingValues.addAll(node.outputs());
      } else {
        kept.add(node);
      }
    }

    private void found(String name, Tensor value) {
      known.put(name, value);
      found.put(name, value);
    }

    /** What is known without running anything. */
    private Optional<Tensor> ahead(Node node) {
      if (node.is("Constant")) {
        return node.constantValue();
      }
      if (node.is("Shape")) {
        return scope.facts().shape(node.input(0)).map(shape -> shapeOf(node, shape));
      }
      if (node.is("Size")) {
        return scope
            .facts()
            .shape(node.input(0))
            .map(shape -> Tensor.ofLongs(Shape.of(), shape.elements()));
      }
      Tensor source = known.get(node.input(0));
      if (source != null && Widened.isWidening(node, source)) {
        return budget.takes(DType.FLOAT32, source.shape())
            ? Optional.of(widened.widen(node.input(0), source))
            : Optional.empty();
      }
      if (source == null || !OperatorFacts.of(node).keepsOrder()) {
        return Optional.empty();
      }
      return scope
          .facts()
          .shape(node.outputs().getFirst())
          .filter(shape -> shape.elements() == source.shape().elements())
          .map(source::reshaped);
    }

    private static Tensor shapeOf(Node node, Shape shape) {
      int rank = shape.rank();
      int start = clamp(node.intAttribute("start", 0), rank);
      int end = clamp(node.intAttribute("end", rank), rank);
      long[] dims = Arrays.copyOfRange(shape.toArray(), start, Math.max(start, end));
      return Tensor.ofLongs(Shape.of(dims.length), dims);
    }

    private static int clamp(long axis, int rank) {
      return Math.toIntExact(Math.clamp(axis < 0 ? axis + rank : axis, 0L, rank));
    }

    private boolean isComputable(Node node) {
      if (KEPT.contains(node.opType())
          || OperatorFacts.of(node).isRandom()
          || failed.contains(node.outputs().getFirst())) {
        return false;
      }
      long sourceBytes = 0;
      for (String input : Set.copyOf(node.inputs())) {
        if (!input.isEmpty()) {
          Tensor constant = known.get(input);
          if (constant == null && !pendingValues.contains(input)) {
            return false;
          }
          sourceBytes += constant == null || staying.contains(input) ? 0 : constant.byteSize();
        }
      }
      for (String output : node.outputs()) {
        if (!output.isEmpty() && !isAffordable(node, output, sourceBytes)) {
          return false;
        }
      }
      return true;
    }

    private boolean isAffordable(Node node, String output, long sourceBytes) {
      Optional<DType> dtype = scope.facts().dtype(output).filter(READABLE::contains);
      if (dtype.isEmpty()) {
        return false;
      }
      Optional<Shape> shape = scope.facts().shape(output);
      return shape.isPresent()
          ? budget.take(dtype.get(), shape.get(), sourceBytes)
          : SELECTING.contains(node.opType()) && sourceBytes <= SELECTED_BYTES;
    }

    Graph result() {
      compute();
      if (found.isEmpty()) {
        return graph;
      }
      Graph.Builder builder = graph.toBuilder().nodes(kept);
      found.forEach(builder::initializer);
      return builder.build();
    }

    /** Runs the pending nodes; those that cannot be run go back to their places. */
    private void compute() {
      if (pending.isEmpty()) {
        return;
      }
      Evaluator evaluator = new Evaluator(scope.context().model(), known, runtime);
      Evaluator.Result result = evaluator.evaluate(pending, wanted());
      result.values().forEach(this::found);
      Set<String> back = new HashSet<>();
      for (Node node : pending) {
        if (result.failed().contains(node)) {
          back.addAll(node.outputs());
        } else {
          scope.log().add(node, node.outputs());
        }
      }
      failed.addAll(back);
      if (!back.isEmpty()) {
        kept.clear();
        graph.nodes().stream().filter(node -> !isFound(node)).forEach(kept::add);
      }
    }

    private boolean isFound(Node node) {
      return node.outputs().stream()
          .anyMatch(output -> found.containsKey(output) || isInner(output));
    }

    /** A value that only computed nodes read, so that nobody asked for it. */
    private boolean isInner(String output) {
      return pendingValues.contains(output) && !failed.contains(output);
    }

    /** Pending values that nodes which stay read. */
    private Set<String> wanted() {
      Set<String> read = new HashSet<>();
      for (Node node : kept) {
        read.addAll(node.inputs());
        node.subgraphs().forEach(inner -> read.addAll(GraphIndex.captures(inner)));
      }
      read.retainAll(pendingValues);
      return read;
    }
  }
}
