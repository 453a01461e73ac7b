package dev.swage.train.quantize;

import dev.swage.onnx.Attribute;
import dev.swage.onnx.Node;
import dev.swage.onnx.OnnxException;
import dev.swage.onnx.WireTypes;
import dev.swage.quant.Granularity;
import dev.swage.quant.QuantScheme;
import dev.swage.quant.RangeEstimator;
import dev.swage.tensor.DType;
import dev.swage.tensor.Shape;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * The node that stands for a quantizer in a graph that is trained: {@code y = (clip(round(x / s) +
 * z, qmin, qmax) − z) · s}. It reads x, the scales s and zero points z (float32; z is rounded where
 * it is used), and of an activation whose range is observed the range's two ends. The scales of a
 * weight that follow its range are stored as 0 until they are frozen.
 *
 * @param weight whether x is a weight, with scales as the scheme says
 * @param shape in which a weight's elements share scales
 * @param scalesGradient whether the scale's gradient is divided by {@code √(N·qmax)}
 * @param range how a weight's scales are found where they begin anew
 */
public record FakeQuantize(
    boolean weight,
    Shape shape,
    QuantScheme scheme,
    QuantizerMethod method,
    boolean scalesGradient,
    RangeEstimator range) {
  public static final String DOMAIN = "dev.swage";
  public static final String OP_TYPE = "FakeQuantize";

  static final int SCALE = 1;
  static final int ZERO_POINT = 2;
  static final int RANGE = 3;

  public static boolean is(Node node) {
    return node.domain().equals(DOMAIN) && node.opType().equals(OP_TYPE);
  }

  /** Whether gradients change what the node reads there: a scale or a zero point. */
  public static boolean trains(Node node, int input) {
    if (!is(node) || (input != SCALE && input != ZERO_POINT)) {
      return false;
    }
    FakeQuantize quantizer = of(node);
    return input == SCALE
        ? quantizer.trainsScale()
        : !quantizer.weight() && quantizer.method() == QuantizerMethod.LSQ_PLUS;
  }

  public boolean trainsScale() {
    return method.trainsScale(weight);
  }

  /** Whether the scale is what is stored, rather than what a range gives at every step. */
  public boolean storesScale() {
    return trainsScale() || method == QuantizerMethod.FIXED;
  }

  /** Whether the scales of a weight are those of its range at every step. */
  boolean follows() {
    return weight && !storesScale();
  }

  /**
   * Whether they are so still: frozen ones are what is stored.
   *
   * @param stored scales
   */
  public boolean follows(float[] stored) {
    return follows() && !(stored.length > 0 && stored[0] > 0);
  }

  /** Whether the range of an activation is observed while training. */
  public boolean observes() {
    return !weight && method == QuantizerMethod.STE;
  }

  /** Reads a node. */
  public static FakeQuantize of(Node node) {
    long[] dims = node.intsAttribute("shape");
    int axis = (int) node.intAttribute("axis", 0);
    int block = (int) node.intAttribute("block_size", 0);
    Granularity granularity =
        switch (node.stringAttribute("granularity", "tensor")) {
          case "channel" -> Granularity.perChannel(axis);
          case "group" -> Granularity.perGroup(axis, block);
          default -> Granularity.perTensor();
        };
    DType storage =
        WireTypes.dtype((int) node.intAttribute("storage", 0))
            .orElseThrow(() -> new OnnxException(node.describe() + ": has no type of codes"));
    return new FakeQuantize(
        node.intAttribute("weight", 0) != 0,
        Shape.of(dims),
        new QuantScheme(
            storage,
            (int) node.intAttribute("bits", 8),
            node.intAttribute("symmetric", 0) != 0,
            granularity),
        QuantizerMethod.valueOf(node.stringAttribute("method", "STE").toUpperCase(Locale.ROOT)),
        node.intAttribute("scales_gradient", 1) != 0,
        range(node.stringAttribute("range", "")));
  }

  private static RangeEstimator range(String label) {
    return RangeEstimator.all().stream()
        .filter(estimator -> estimator.label().equals(label))
        .findFirst()
        .orElseGet(RangeEstimator::minMax);
  }

  Node node(String name, List<String> inputs, String output) {
    Node node =
        new Node(name, OP_TYPE, DOMAIN, inputs, List.of(output), Map.of())
            .with("weight", Attribute.of(weight ? 1 : 0))
            .with("shape", Attribute.ints(shape.toArray()))
            .with("storage", Attribute.of(scheme.storage()))
            .with("bits", Attribute.of(scheme.bits()))
            .with("symmetric", Attribute.of(scheme.symmetric() ? 1 : 0))
            .with("method", Attribute.of(method.name()))
            .with("scales_gradient", Attribute.of(scalesGradient ? 1 : 0))
            .with("range", Attribute.of(range.label()));
    return switch (scheme.granularity()) {
      case Granularity.PerTensor() -> node;
      case Granularity.PerChannel(int axis) ->
          node.with("granularity", Attribute.of("channel")).with("axis", Attribute.of(axis));
      case Granularity.PerGroup(int axis, int size) ->
          node.with("granularity", Attribute.of("group"))
              .with("axis", Attribute.of(axis))
              .with("block_size", Attribute.of(size));
    };
  }
}
