package dev.swage.compress.prepare;

import dev.swage.onnx.Graph;
import dev.swage.onnx.GraphIndex;
import dev.swage.onnx.Node;
import dev.swage.tensor.DType;
import dev.swage.tensor.Shape;
import dev.swage.tensor.Tensor;
import java.util.ArrayList;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Optional;

/**
 * BatchNormalization into the layer before it. With {@code s = γ/√(σ² + ε)} per channel, {@code w'
 * = s·w} and {@code b' = s·(b − μ) + β}, computed in double and rounded once to float32. The layer
 * must have no other reader. A MatMul, with or without an Add behind it, gets the bias as an Add.
 */
final class NormalizationFolding implements Pass {
  private static final float DEFAULT_EPSILON = 1e-5f;

  @Override
  public Graph apply(Graph graph, Scope scope) {
    Folding folding = new Folding(graph, scope);
    graph.nodes().stream().filter(NormalizationFolding::isInference).forEach(folding::fold);
    return folding.result();
  }

  private static boolean isInference(Node node) {
    return node.is("BatchNormalization")
        && node.outputs().stream().skip(1).allMatch(String::isEmpty)
        && node.intAttribute("training_mode", 0) == 0
        && node.intAttribute("spatial", 1) == 1;
  }

  /** A normalization as a factor s and a shift {@code β − s·μ} per channel. */
  private static final class Affine {
    private final double[] factors;
    private final double[] shifts;

    private Affine(double[] factors, double[] shifts) {
      this.factors = factors;
      this.shifts = shifts;
    }

    static Optional<Affine> of(Node node, Scope scope) {
      List<Tensor> parameters = new ArrayList<>();
      for (int i = 1; i <= 4; i++) {
        scope
            .constant(node.input(i))
            .filter(tensor -> tensor.dtype() == DType.FLOAT32)
            .ifPresent(parameters::add);
      }
      Shape shape = parameters.isEmpty() ? Shape.of() : parameters.getFirst().shape();
      if (parameters.size() < 4
          || shape.rank() != 1
          || !parameters.stream().allMatch(tensor -> tensor.shape().equals(shape))) {
        return Optional.empty();
      }
      double epsilon = node.floatAttribute("epsilon", DEFAULT_EPSILON);
      double[] factors = new double[(int) shape.elements()];
      double[] shifts = new double[factors.length];
      for (int c = 0; c < factors.length; c++) {
        double gamma = parameters.get(0).getFloat(c);
        double beta = parameters.get(1).getFloat(c);
        double mean = parameters.get(2).getFloat(c);
        double variance = parameters.get(3).getFloat(c);
        factors[c] = gamma / Math.sqrt(variance + epsilon);
        shifts[c] = beta - factors[c] * mean;
        if (!Double.isFinite(factors[c]) || !Double.isFinite(shifts[c])) {
          return Optional.empty();
        }
      }
      return Optional.of(new Affine(factors, shifts));
    }
  }

  /** One graph under work. */
  private static final class Folding {
    private final Graph graph;
    private final Scope scope;
    private final GraphIndex index;
    private final Graph.Builder builder;
    private final IdentityHashMap<Node, List<Node>> replaced = new IdentityHashMap<>();

    Folding(Graph graph, Scope scope) {
      this.graph = graph;
      this.scope = scope;
      this.index = GraphIndex.of(graph);
      this.builder = graph.toBuilder();
    }

    void fold(Node normalization) {
      Optional<Affine> affine = Affine.of(normalization, scope);
      Optional<Node> before = onlyReadBy(normalization, normalization.input(0));
      if (affine.isEmpty() || before.isEmpty() || replaced.containsKey(before.get())) {
        return;
      }
      Optional<LinearLayer> layer = LinearLayer.of(before.get(), scope);
      if (layer.isPresent() && layer.get().channels() == affine.get().factors.length) {
        fold(layer.get(), normalization, affine.get());
      } else if (before.get().is("Add")) {
        foldThroughAdd(before.get(), normalization, affine.get());
      }
    }

    /** The writer of a value that this node alone reads. */
    private Optional<Node> onlyReadBy(Node reader, String value) {
      return index
          .onlyConsumer(value)
          .filter(only -> only.equals(reader))
          .flatMap(only -> index.producer(value));
    }

    private void fold(LinearLayer layer, Node normalization, Affine affine) {
      Node node = layer.node();
      if (node.is("MatMul")) {
        if (isMatrix(normalization.input(0))) {
          product(layer, node, normalization, affine);
        }
        return;
      }
      String weight = scaled(layer, affine);
      String bias = biased(layer, affine);
      replaced.put(node, List.of(layer.with(weight, bias, normalization.outputs().getFirst())));
      done(node, normalization, weight, bias);
    }

    private void foldThroughAdd(Node add, Node normalization, Affine affine) {
      for (int side = 0; side < 2; side++) {
        Optional<LinearLayer> layer =
            onlyReadBy(add, add.input(side))
                .filter(node -> node.is("MatMul") && !replaced.containsKey(node))
                .flatMap(node -> LinearLayer.of(node, scope));
        Optional<Tensor> bias = scope.constant(add.input(1 - side));
        if (layer.isPresent() && bias.isPresent() && isMatrix(add.outputs().getFirst())) {
          Optional<double[]> row = ChannelConstant.row(bias.get(), layer.get().channels());
          if (row.isPresent() && row.get().length == affine.factors.length) {
            LinearLayer biased =
                new LinearLayer(layer.get().node(), layer.get().weight(), row.get());
            replaced.put(layer.get().node(), List.of());
            product(biased, add, normalization, affine);
            return;
          }
        }
      }
    }

    /** A product and an Add in the place of {@code last}. */
    private void product(LinearLayer layer, Node last, Node normalization, Affine affine) {
      String product = scope.names().next(normalization.outputs().getFirst() + "_product");
      String weight = scaled(layer, affine);
      String bias = biased(layer, affine);
      Node matMul =
          layer
              .node()
              .withInputs(List.of(layer.node().input(0), weight))
              .withOutputs(List.of(product));
      Node add =
          Node.of(
              scope.names().next(layer.node().name() + "_bias"),
              "Add",
              List.of(product, bias),
              normalization.outputs().getFirst());
      replaced.put(last, List.of(matMul, add));
      done(layer.node(), normalization, weight, bias);
    }

    private String scaled(LinearLayer layer, Affine affine) {
      String weight = layer.node().input(1);
      String name = ownOr(weight, weight + "_folded");
      builder.initializer(name, layer.scaledWeight(affine.factors));
      return name;
    }

    private String biased(LinearLayer layer, Affine affine) {
      String name = ownOr(layer.node().input(2), layer.node().outputs().getFirst() + "_bias");
      builder.initializer(name, layer.shiftedBias(affine.factors, affine.shifts));
      return name;
    }

    /** A parameter that one node of this graph alone reads keeps its name. */
    private String ownOr(String parameter, String wish) {
      boolean own =
          graph.initializers().containsKey(parameter) && index.onlyConsumer(parameter).isPresent();
      return own ? parameter : scope.names().next(wish);
    }

    private boolean isMatrix(String value) {
      return scope.facts().rank(value).orElse(0) == 2;
    }

    private void done(Node layer, Node normalization, String weight, String bias) {
      replaced.put(normalization, List.of());
      scope
          .log()
          .add(
              RewriteKind.BATCH_NORMALIZATION_FOLDED,
              List.of(layer, normalization),
              List.of(weight, bias));
    }

    Graph result() {
      if (replaced.isEmpty()) {
        return graph;
      }
      List<Node> nodes = new ArrayList<>();
      graph.nodes().forEach(node -> nodes.addAll(replaced.getOrDefault(node, List.of(node))));
      return builder.nodes(nodes).build();
    }
  }
}
