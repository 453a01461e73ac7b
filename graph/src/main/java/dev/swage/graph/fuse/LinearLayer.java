package dev.swage.graph.fuse;

import dev.swage.graph.pass.Scope;
import dev.swage.onnx.Attribute;
import dev.swage.onnx.Node;
import dev.swage.onnx.op.OperatorFacts;
import dev.swage.onnx.op.WeightKind;
import dev.swage.tensor.DType;
import dev.swage.tensor.Shape;
import dev.swage.tensor.Tensor;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/**
 * A Conv, ConvTranspose, Gemm or MatMul with constant float32 weight (and bias, where it has one),
 * seen as {@code y[c] = w[c]·x + b[c]} per output channel c.
 */
final class LinearLayer {
  private final Node node;
  private final WeightKind kind;
  private final Tensor weight;
  private final double[] bias;

  /**
   * @param bias one per output channel; zeros where the node has none
   */
  LinearLayer(Node node, Tensor weight, double[] bias) {
    this.node = node;
    this.kind =
        kind(node)
            .orElseThrow(() ->
                new IllegalArgumentException(
                    node.describe() + " has no weight of a product or convolution at input 1"));
    this.weight = weight;
    this.bias = bias;
  }

  static Optional<LinearLayer> of(Node node, Scope scope) {
    Optional<WeightKind> kind = kind(node);
    if (kind.isEmpty() || !node.domain().isEmpty()) {
      return Optional.empty();
    }
    Optional<Tensor> weight =
        scope
            .constant(node.input(1))
            .filter(tensor -> tensor.dtype() == DType.FLOAT32)
            .filter(tensor -> fits(node, kind.get(), tensor.shape()));
    if (weight.isEmpty()) {
      return Optional.empty();
    }
    int channels = channels(node, kind.get(), weight.get().shape());
    double[] none = new double[channels];
    if (node.input(2).isEmpty()) {
      return Optional.of(new LinearLayer(node, weight.get(), none));
    }
    return scope
        .constant(node.input(2))
        .flatMap(bias -> perChannel(bias, channels, biasFactor(node)))
        .map(bias -> new LinearLayer(node, weight.get(), bias));
  }

  private static Optional<WeightKind> kind(Node node) {
    return OperatorFacts.of(node)
        .weight(node, 1)
        .filter(kind -> kind.isProduct() || kind.isConvolution());
  }

  private static boolean fits(Node node, WeightKind kind, Shape shape) {
    if (!kind.takesRank(shape.rank()) || (kind.isProduct() && shape.rank() != 2)) {
      return false;
    }
    long groups = node.intAttribute("group", 1);
    return shape.elements() > 0
        && groups > 0
        && shape.dim(0) % groups == 0
        && Math.multiplyExact(shape.elements(), groups) < Integer.MAX_VALUE;
  }

  private static int channels(Node node, WeightKind kind, Shape shape) {
    return Math.toIntExact(shape.dim(kind.outputAxis(shape.rank())) * parts(node, kind));
  }

  /** How many times the weight's output axis has to be counted: once for each group it serves. */
  private static long parts(Node node, WeightKind kind) {
    return kind == WeightKind.CONVOLUTION_TRANSPOSED_GROUPED ? node.intAttribute("group", 1) : 1;
  }

  private static double biasFactor(Node node) {
    return node.is("Gemm") ? node.floatAttribute("beta", 1) : 1;
  }

  /** One value per channel of a bias that is the same for every row. */
  private static Optional<double[]> perChannel(Tensor bias, int channels, double factor) {
    if (bias.dtype() != DType.FLOAT32) {
      return Optional.empty();
    }
    Shape shape = bias.shape();
    boolean one = shape.elements() == 1;
    boolean row = shape.elements() == channels && shape.rank() > 0 && shape.dim(-1) == channels;
    if (!one && !row) {
      return Optional.empty();
    }
    double[] values = new double[channels];
    for (int c = 0; c < channels; c++) {
      values[c] = factor * bias.getFloat(one ? 0 : c);
    }
    return Optional.of(values);
  }

  Node node() {
    return node;
  }

  Tensor weight() {
    return weight;
  }

  int channels() {
    return bias.length;
  }

  /** Whether the channels are the output's axis 1 with axes after it, as a convolution's are. */
  boolean isConvolution() {
    return kind.isConvolution();
  }

  /** The weight with each output channel times its factor, in double. */
  Tensor scaledWeight(double[] factors) {
    float[] values = weight.toFloats();
    for (int i = 0; i < values.length; i++) {
      values[i] = (float) (values[i] * factors[channelOf(i)]);
    }
    return Tensor.ofFloats(weight.shape(), values);
  }

  private int channelOf(int element) {
    Shape shape = weight.shape();
    int axis = kind.outputAxis(shape.rank());
    long unit = element / shape.inner(axis) % shape.dim(axis);
    long parts = parts(node, kind);
    if (parts == 1) {
      return (int) unit;
    }
    long inputsPerGroup = shape.dim(0) / parts;
    long group = element / shape.inner(0) / inputsPerGroup;
    return (int) (group * shape.dim(axis) + unit);
  }

  /** {@code factor·b + shift} per channel, rounded once. */
  Tensor shiftedBias(double[] factors, double[] shifts) {
    float[] values = new float[channels()];
    for (int c = 0; c < values.length; c++) {
      values[c] = (float) (factors[c] * bias[c] + shifts[c]);
    }
    return Tensor.ofFloats(Shape.of(values.length), values);
  }

  /** This node with other parameters; not for MatMul, which has no bias. */
  Node with(String weightName, String biasName, String output) {
    Node changed =
        node.withInputs(List.of(node.input(0), weightName, biasName)).withOutputs(List.of(output));
    return node.is("Gemm") ? changed.with("beta", Attribute.of(1f)) : changed;
  }

  static double[] ones(int count) {
    double[] ones = new double[count];
    Arrays.fill(ones, 1);
    return ones;
  }
}
