package dev.swage.graph.clean;

import dev.swage.graph.pass.Pass;
import dev.swage.graph.pass.Replacements;
import dev.swage.graph.pass.Scope;
import dev.swage.onnx.Attribute;
import dev.swage.onnx.Graph;
import dev.swage.onnx.Node;
import dev.swage.onnx.op.EinsumEquation;
import dev.swage.tensor.Shape;
import dev.swage.tensor.Tensor;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * An Einsum of a signal and a constant matrix that is a matrix product, as {@code bk,nk->bn},
 * becomes a MatMul, which runtimes have faster and integer kernels for; a matrix that lies the
 * other way round gets a Transpose before it.
 */
public final class EinsumMultiplying implements Pass {
  @Override
  public Graph apply(Graph graph, Scope scope) {
    Replacements replaced = new Replacements(graph, scope);
    for (Node node : graph.nodes()) {
      if (node.is("Einsum") && node.inputs().size() == 2) {
        product(node, 1, scope)
            .or(() -> product(node, 0, scope))
            .ifPresent(product -> {
              replaced.replace(node, product.nodes(node, scope).toArray(Node[]::new));
              scope.log().add(node, node.outputs());
            });
      }
    }
    return replaced.result();
  }

  /**
   * An Einsum as a product.
   *
   * @param weight the input that is a constant matrix
   * @param first whether it is the product's first factor
   * @param transposed whether it lies the other way round
   */
  private record Product(int weight, boolean first, boolean transposed) {
    List<Node> nodes(Node einsum, Scope scope) {
      List<Node> nodes = new ArrayList<>();
      String matrix = einsum.input(weight);
      if (transposed) {
        String turned = scope.names().next(matrix + "_transposed");
        nodes.add(
            Node.of(scope.names().next(turned), "Transpose", List.of(matrix), turned)
                .with("perm", Attribute.ints(1, 0)));
        matrix = turned;
      }
      String signal = einsum.input(1 - weight);
      List<String> factors = first ? List.of(matrix, signal) : List.of(signal, matrix);
      nodes.add(Node.of(einsum.name(), "MatMul", factors, einsum.outputs().getFirst()));
      return nodes;
    }
  }

  private static Optional<Product> product(Node einsum, int weight, Scope scope) {
    EinsumEquation equation = EinsumEquation.of(einsum);
    boolean matrix =
        scope
            .constant(einsum.input(weight))
            .map(Tensor::shape)
            .map(Shape::rank)
            .equals(Optional.of(2));
    if (!matrix || equation.terms().size() != 2) {
      return Optional.empty();
    }
    String pair = equation.terms().get(weight);
    String signal = equation.terms().get(1 - weight);
    if (pair.length() != 2 || pair.charAt(0) == pair.charAt(1) || repeats(signal)) {
      return Optional.empty();
    }
    return asSecond(pair, signal, equation.output())
        .or(() -> asFirst(pair, signal, equation.output()))
        .map(found -> new Product(weight, found.first(), found.transposed()));
  }

  /** {@code …k, kn -> …n}. */
  private static Optional<Product> asSecond(String pair, String signal, String output) {
    for (int summed = 0; summed < 2; summed++) {
      char k = pair.charAt(summed);
      char n = pair.charAt(1 - summed);
      boolean product =
          signal.endsWith(String.valueOf(k))
              && signal.indexOf(n) < 0
              && output.equals(signal.substring(0, signal.length() - 1) + n);
      if (product) {
        return Optional.of(new Product(0, false, summed == 1));
      }
    }
    return Optional.empty();
  }

  /** {@code mk, …kn -> …mn}. */
  private static Optional<Product> asFirst(String pair, String signal, String output) {
    int before = signal.length() - 2;
    for (int summed = 0; summed < 2 && before >= 0; summed++) {
      char k = pair.charAt(summed);
      char m = pair.charAt(1 - summed);
      char n = signal.charAt(before + 1);
      boolean product =
          signal.charAt(before) == k
              && n != '.'
              && signal.indexOf(m) < 0
              && output.equals(signal.substring(0, before) + m + n);
      if (product) {
        return Optional.of(new Product(0, true, summed == 0));
      }
    }
    return Optional.empty();
  }

  private static boolean repeats(String term) {
    String letters = term.replace(".", "");
    return letters.chars().distinct().count() < letters.length();
  }
}
