package dev.swage.graph.fuse;

import dev.swage.graph.pass.Pass;
import dev.swage.graph.pass.Replacements;
import dev.swage.graph.pass.Scope;
import dev.swage.onnx.Graph;
import dev.swage.onnx.Node;
import dev.swage.tensor.DType;
import dev.swage.tensor.Shape;
import dev.swage.tensor.Tensor;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * An Add or Mul of one number per channel behind a Conv, ConvTranspose or BatchNormalization goes
 * into its parameters: {@code s·(w·x + b) = (s·w)·x + s·b}, computed in double and rounded once.
 * MatMul and Add stay two nodes: ONNX Runtime fuses them itself.
 */
public final class ChannelFolding implements Pass {
  @Override
  public Graph apply(Graph graph, Scope scope) {
    Folding folding = new Folding(graph, scope);
    graph.nodes().stream().filter(n -> n.is("Add") || n.is("Mul")).forEach(folding::fold);
    return folding.result();
  }

  /** One graph under work. */
  private static final class Folding {
    private final Scope scope;
    private final Replacements replaced;

    Folding(Graph graph, Scope scope) {
      this.scope = scope;
      this.replaced = new Replacements(graph, scope);
    }

    void fold(Node arithmetic) {
      for (int side = 0; side < 2 && !replaced.contains(arithmetic); side++) {
        Optional<Node> before = replaced.onlyReadBy(arithmetic, arithmetic.input(side));
        Optional<Tensor> constant = scope.constant(arithmetic.input(1 - side));
        if (before.isPresent() && constant.isPresent() && !replaced.contains(before.get())) {
          into(before.get(), arithmetic, constant.get())
              .ifPresent(node -> {
                replaced.replace(before.get(), node);
                replaced.replace(arithmetic);
              });
        }
      }
    }

    private Optional<Node> into(Node before, Node arithmetic, Tensor constant) {
      if (NormalizationFolding.isInference(before)) {
        return intoNormalization(before, arithmetic, constant);
      }
      return LinearLayer.of(before, scope)
          .filter(LinearLayer::isConvolution)
          .flatMap(layer -> intoLayer(layer, arithmetic, constant));
    }

    private Optional<Node> intoLayer(LinearLayer layer, Node arithmetic, Tensor constant) {
      int channels = layer.channels();
      int rank = layer.weight().shape().rank();
      Optional<double[]> values = ChannelConstant.ofAxisOne(constant, channels, rank);
      if (values.isEmpty()) {
        return Optional.empty();
      }
      String output = arithmetic.outputs().getFirst();
      String weight = layer.node().input(1);
      if (arithmetic.is("Add")) {
        Tensor shifted = layer.shiftedBias(LinearLayer.ones(channels), values.get());
        String bias = replaced.store(layer.node().outputs().getFirst() + "_bias", shifted);
        log(layer.node(), arithmetic, List.of(bias));
        return Optional.of(layer.with(weight, bias, output));
      }
      String scaled = replaced.store(weight + "_scaled", layer.scaledWeight(values.get()));
      Tensor scaledBias = layer.shiftedBias(values.get(), new double[channels]);
      boolean biased = !layer.node().input(2).isEmpty();
      List<String> tensors = new ArrayList<>(List.of(scaled));
      String bias = biased ? replaced.store(layer.node().input(2) + "_scaled", scaledBias) : "";
      if (biased) {
        tensors.add(bias);
      }
      log(layer.node(), arithmetic, tensors);
      Node folded = layer.with(scaled, bias, output);
      return Optional.of(
          biased ? folded : folded.withInputs(List.of(layer.node().input(0), scaled)));
    }

    private Optional<Node> intoNormalization(Node before, Node arithmetic, Tensor constant) {
      Optional<Tensor> gamma = parameter(before, 1);
      Optional<Tensor> beta = parameter(before, 2);
      int rank = scope.facts().rank(before.input(0)).orElse(0);
      if (gamma.isEmpty() || beta.isEmpty() || rank < 2) {
        return Optional.empty();
      }
      int channels = Math.toIntExact(gamma.get().shape().elements());
      return ChannelConstant.ofAxisOne(constant, channels, rank)
          .map(values -> {
            boolean add = arithmetic.is("Add");
            List<String> inputs = new ArrayList<>(before.inputs());
            if (!add) {
              inputs.set(
                  1,
                  replaced.store(inputs.get(1) + "_scaled", combined(gamma.get(), values, false)));
            }
            inputs.set(
                2, replaced.store(inputs.get(2) + "_folded", combined(beta.get(), values, add)));
            log(before, arithmetic, inputs.subList(add ? 2 : 1, 3));
            return before.withInputs(inputs).withOutputs(List.of(arithmetic.outputs().getFirst()));
          });
    }

    private Optional<Tensor> parameter(Node normalization, int position) {
      return scope
          .constant(normalization.input(position))
          .filter(tensor -> tensor.dtype() == DType.FLOAT32 && tensor.shape().rank() == 1);
    }

    private static Tensor combined(Tensor parameter, double[] values, boolean add) {
      float[] result = parameter.toFloats();
      for (int c = 0; c < result.length; c++) {
        result[c] = (float) (add ? result[c] + values[c] : result[c] * values[c]);
      }
      return Tensor.ofFloats(Shape.of(result.length), result);
    }

    private void log(Node before, Node arithmetic, List<String> tensors) {
      scope.log().add(List.of(before, arithmetic), tensors);
    }

    Graph result() {
      return replaced.result();
    }
  }
}
