package dev.swage.graph.integer;

import dev.swage.graph.pass.Pass;
import dev.swage.graph.pass.Replacements;
import dev.swage.graph.pass.Scope;
import dev.swage.onnx.Attribute;
import dev.swage.onnx.Graph;
import dev.swage.onnx.Node;
import dev.swage.tensor.DType;
import dev.swage.tensor.Shape;
import dev.swage.tensor.Tensor;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * A Gemm {@code α·A·B + β·C} with a constant B that it alone reads becomes one that integer kernels
 * take: α goes into B, β into a constant C, one number for all columns becomes one for each, and a
 * C of another shape, or a computed one, is added behind it.
 */
public final class GemmSimplifying implements Pass {
  /** The first operator set whose Gemm needs no C. */
  private static final long WITHOUT_BIAS = 11;

  @Override
  public Graph apply(Graph graph, Scope scope) {
    Replacements replaced = new Replacements(graph, scope);
    for (Node node : graph.nodes()) {
      boolean able =
          node.is("Gemm")
              && node.intAttribute("transA", 0) == 0
              && scope.context().model().opset() >= WITHOUT_BIAS;
      if (able) {
        Gemm.of(node, graph, scope, replaced)
            .filter(Gemm::isOdd)
            .ifPresent(gemm -> {
              replaced.replace(node, gemm.simplified().toArray(Node[]::new));
              scope.log().add(node, node.outputs());
            });
      }
    }
    return replaced.result();
  }

  /**
   * One Gemm.
   *
   * @param weight B
   * @param bias a constant C; empty where it is computed or there is none
   */
  private record Gemm(
      Node node, Tensor weight, Optional<Tensor> bias, Scope scope, Replacements replaced) {

    static Optional<Gemm> of(Node node, Graph graph, Scope scope, Replacements replaced) {
      Tensor weight = graph.initializers().get(node.input(1));
      boolean own = weight != null && replaced.isOwn(node.input(1));
      boolean scaled = node.floatAttribute("alpha", 1) != 1;
      if (weight == null || !isMatrix(weight) || (scaled && !own)) {
        return Optional.empty();
      }
      Optional<Tensor> bias = scope.constant(node.input(2));
      boolean scalesComputed =
          !node.input(2).isEmpty() && bias.isEmpty() && node.floatAttribute("beta", 1) != 1;
      boolean otherType = bias.filter(c -> c.dtype() != DType.FLOAT32).isPresent();
      return scalesComputed || otherType
          ? Optional.empty()
          : Optional.of(new Gemm(node, weight, bias, scope, replaced));
    }

    private static boolean isMatrix(Tensor weight) {
      return weight.dtype() == DType.FLOAT32 && weight.shape().rank() == 2;
    }

    private float alpha() {
      return node.floatAttribute("alpha", 1);
    }

    private float beta() {
      return node.input(2).isEmpty() ? 1 : node.floatAttribute("beta", 1);
    }

    private long columns() {
      return weight.shape().dim(node.intAttribute("transB", 0) == 0 ? 1 : 0);
    }

    boolean isOdd() {
      boolean odd = !node.input(2).isEmpty() && !bias.map(this::isRow).orElse(false);
      return alpha() != 1 || beta() != 1 || odd;
    }

    /** Whether C has one element for each column. */
    private boolean isRow(Tensor c) {
      Shape shape = c.shape();
      return shape.elements() == columns()
          && shape.rank() > 0
          && shape.dim(shape.rank() - 1) == columns();
    }

    List<Node> simplified() {
      String output = node.outputs().getFirst();
      List<String> inputs = new ArrayList<>(List.of(node.input(0), node.input(1)));
      if (alpha() != 1) {
        inputs.set(1, replaced.store(node.input(1) + "_scaled", times(weight, alpha())));
      }
      Optional<String> row = bias.flatMap(this::row);
      row.ifPresent(inputs::add);
      boolean added = row.isEmpty() && !node.input(2).isEmpty() && beta() != 0;
      String product = added ? scope.names().next(output + "_product") : output;
      List<Node> nodes = new ArrayList<>();
      nodes.add(plain(inputs, product));
      if (added) {
        String c =
            bias.filter(constant -> beta() != 1)
                .map(constant -> replaced.store(node.input(2) + "_scaled", times(constant, beta())))
                .orElse(node.input(2));
        String name = scope.names().next(output + "_bias");
        nodes.add(Node.of(name, "Add", List.of(product, c), output));
      }
      return nodes;
    }

    /** The constant with β times the bias of each column; empty where rows differ. */
    private Optional<String> row(Tensor c) {
      if (isRow(c)) {
        return Optional.of(
            beta() == 1
                ? node.input(2)
                : replaced.store(node.input(2) + "_scaled", times(c, beta())));
      }
      if (c.shape().elements() != 1) {
        return Optional.empty();
      }
      float[] values = new float[Math.toIntExact(columns())];
      Arrays.fill(values, c.getFloat(0) * beta());
      Tensor each = Tensor.ofFloats(Shape.of(values.length), values);
      return Optional.of(replaced.store(node.input(2) + "_each", each));
    }

    private Node plain(List<String> inputs, String output) {
      Map<String, Attribute> attributes = new LinkedHashMap<>(node.attributes());
      attributes.remove("alpha");
      attributes.remove("beta");
      return new Node(
          node.name(), node.opType(), node.domain(), inputs, List.of(output), attributes);
    }

    private static Tensor times(Tensor tensor, float factor) {
      float[] values = tensor.toFloats();
      for (int i = 0; i < values.length; i++) {
        values[i] *= factor;
      }
      return Tensor.ofFloats(tensor.shape(), values);
    }
  }
}
