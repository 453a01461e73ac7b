package dev.swage.graph.fuse;

import dev.swage.graph.pass.Pass;
import dev.swage.graph.pass.Replacements;
import dev.swage.graph.pass.Scope;
import dev.swage.onnx.Graph;
import dev.swage.onnx.Node;
import dev.swage.tensor.Tensor;
import java.util.List;
import java.util.Optional;

/**
 * BatchNormalization into the layer before it. With {@code s = γ/√(σ² + ε)} per channel, {@code w'
 * = s·w} and {@code b' = s·(b − μ) + β}, computed in double and rounded once to float32. The layer
 * must have no other reader. A MatMul, with or without an Add behind it, gets the bias as an Add.
 */
public final class NormalizationFolding implements Pass {
  @Override
  public Graph apply(Graph graph, Scope scope) {
    Folding folding = new Folding(graph, scope);
    graph.nodes().stream().filter(NormalizationFolding::isInference).forEach(folding::fold);
    return folding.result();
  }

  /** Whether it normalizes by given means and variances. */
  public static boolean isInference(Node node) {
    return node.is("BatchNormalization")
        && node.outputs().stream().skip(1).allMatch(String::isEmpty)
        && node.intAttribute("training_mode", 0) == 0
        && node.intAttribute("spatial", 1) == 1;
  }

  /** One graph under work. */
  private static final class Folding {
    private final Scope scope;
    private final Replacements replaced;

    Folding(Graph graph, Scope scope) {
      this.scope = scope;
      this.replaced = new Replacements(graph, scope);
    }

    void fold(Node normalization) {
      Optional<ChannelAffine> affine = ChannelAffine.of(normalization, scope);
      Optional<Node> before = replaced.onlyReadBy(normalization, normalization.input(0));
      if (affine.isEmpty() || before.isEmpty() || replaced.contains(before.get())) {
        return;
      }
      Optional<LinearLayer> layer = LinearLayer.of(before.get(), scope);
      if (layer.isPresent() && layer.get().channels() == affine.get().channels()) {
        fold(layer.get(), normalization, affine.get());
      } else if (before.get().is("Add")) {
        foldThroughAdd(before.get(), normalization, affine.get());
      }
    }

    private void fold(LinearLayer layer, Node normalization, ChannelAffine affine) {
      Node node = layer.node();
      if (node.is("MatMul")) {
        if (isMatrix(normalization.input(0))) {
          product(layer, node, normalization, affine);
        }
        return;
      }
      String weight = scaled(layer, affine);
      String bias = biased(layer, affine);
      replaced.replace(node, layer.with(weight, bias, normalization.outputs().getFirst()));
      done(node, normalization, weight, bias);
    }

    private void foldThroughAdd(Node add, Node normalization, ChannelAffine affine) {
      for (int side = 0; side < 2; side++) {
        Optional<LinearLayer> layer =
            replaced
                .onlyReadBy(add, add.input(side))
                .filter(node -> node.is("MatMul") && !replaced.contains(node))
                .flatMap(node -> LinearLayer.of(node, scope));
        Optional<Tensor> bias = scope.constant(add.input(1 - side));
        if (layer.isPresent() && bias.isPresent() && isMatrix(add.outputs().getFirst())) {
          Optional<double[]> row = ChannelConstant.row(bias.get(), layer.get().channels());
          if (row.isPresent() && row.get().length == affine.channels()) {
            LinearLayer biased =
                new LinearLayer(layer.get().node(), layer.get().weight(), row.get());
            replaced.replace(layer.get().node());
            product(biased, add, normalization, affine);
            return;
          }
        }
      }
    }

    /** A product and an Add in the place of {@code last}. */
    private void product(LinearLayer layer, Node last, Node normalization, ChannelAffine affine) {
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
      replaced.replace(last, matMul, add);
      done(layer.node(), normalization, weight, bias);
    }

    private String scaled(LinearLayer layer, ChannelAffine affine) {
      String weight = layer.node().input(1);
      String name = ownOr(weight, weight + "_folded");
      return replaced.set(name, layer.scaledWeight(affine.factors()));
    }

    private String biased(LinearLayer layer, ChannelAffine affine) {
      String name = ownOr(layer.node().input(2), layer.node().outputs().getFirst() + "_bias");
      return replaced.set(name, layer.shiftedBias(affine.factors(), affine.shifts()));
    }

    private String ownOr(String parameter, String wish) {
      return replaced.isOwn(parameter) ? parameter : scope.names().next(wish);
    }

    private boolean isMatrix(String value) {
      return scope.facts().rank(value).orElse(0) == 2;
    }

    private void done(Node layer, Node normalization, String weight, String bias) {
      replaced.replace(normalization);
      scope.log().add(List.of(layer, normalization), List.of(weight, bias));
    }

    Graph result() {
      return replaced.result();
    }
  }
}
