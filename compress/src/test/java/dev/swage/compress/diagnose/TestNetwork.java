package dev.swage.compress.diagnose;

import dev.swage.compress.calibrate.Calibration;
import dev.swage.compress.calibrate.CalibrationListener;
import dev.swage.compress.calibrate.CalibrationOptions;
import dev.swage.compress.calibrate.Calibrator;
import dev.swage.data.DataSource;
import dev.swage.onnx.Attribute;
import dev.swage.onnx.Graph;
import dev.swage.onnx.Node;
import dev.swage.onnx.OnnxModel;
import dev.swage.onnx.ValueInfo;
import dev.swage.tensor.DType;
import dev.swage.tensor.Shape;
import dev.swage.tensor.Tensor;
import java.nio.file.Path;
import java.util.List;
import java.util.random.RandomGenerator;
import java.util.random.RandomGeneratorFactory;

/**
 * A small network of two branches, with a residual sum, absorbed Relus, a Concat, pooling and a
 * classifier.
 */
public final class TestNetwork {
  private final RandomGenerator random = RandomGeneratorFactory.of("L64X128MixRandom").create(5);

  private TestNetwork() {}

  public static DataSource pictures(int count) {
    return DataSource.open("random:1x3x8x8?n=" + count, Path.of(""));
  }

  public static OnnxModel model() {
    return OnnxModel.of(new TestNetwork().graph());
  }

  public static Calibration observe(OnnxModel model, DataSource data) {
    return new Calibrator(CalibrationOptions.defaults(), CalibrationListener.NONE)
        .observe("net.onnx", model, "5".repeat(64), data);
  }

  private Tensor weight(double size, long... dims) {
    Shape shape = Shape.of(dims);
    float[] values = new float[Math.toIntExact(shape.elements())];
    for (int i = 0; i < values.length; i++) {
      values[i] = (float) (size * random.nextGaussian());
    }
    return Tensor.ofFloats(shape, values);
  }

  /** A convolution that keeps height and width, with weight {@code NAME.w} and bias. */
  public static Node conv(String name, String input, String output) {
    return Node.of(name, "Conv", List.of(input, name + ".w", name + ".b"), output)
        .with("pads", Attribute.ints(1, 1, 1, 1));
  }

  private Graph graph() {
    return Graph.builder("net")
        .input(ValueInfo.batched("x", DType.FLOAT32, 3, 8, 8))
        .output(ValueInfo.batched("y", DType.FLOAT32, 5))
        .node(conv("stem", "x", "a"))
        .node(Node.of("relu1", "Relu", List.of("a"), "r"))
        .node(conv("deep", "r", "d").with("group", Attribute.of(4)))
        .node(Node.of("sum", "Add", List.of("d", "r"), "s"))
        .node(Node.of("relu2", "Relu", List.of("s"), "t"))
        .node(
            Node.of("pool", "MaxPool", List.of("t"), "p")
                .with("kernel_shape", Attribute.ints(2, 2))
                .with("strides", Attribute.ints(2, 2)))
        .node(conv("left", "p", "l"))
        .node(Node.of("relu3", "Relu", List.of("l"), "lr"))
        .node(Node.of("cat", "Concat", List.of("p", "lr"), "c").with("axis", Attribute.of(1)))
        .node(conv("right", "c", "q"))
        .node(Node.of("mean", "GlobalAveragePool", List.of("q"), "g"))
        .node(Node.of("flat", "Flatten", List.of("g"), "f"))
        .node(
            Node.of("classes", "Gemm", List.of("f", "classes.w", "classes.b"), "z")
                .with("transB", Attribute.of(1)))
        .node(Node.of("soft", "Softmax", List.of("z"), "y"))
        .initializer("stem.w", weight(0.3, 4, 3, 3, 3))
        .initializer("stem.b", weight(0.1, 4))
        .initializer("deep.w", weight(0.3, 4, 1, 3, 3))
        .initializer("deep.b", weight(0.1, 4))
        .initializer("left.w", weight(0.3, 4, 4, 3, 3))
        .initializer("left.b", weight(0.1, 4))
        .initializer("right.w", weight(0.2, 6, 8, 3, 3))
        .initializer("right.b", weight(0.1, 6))
        .initializer("classes.w", weight(0.5, 5, 6))
        .initializer("classes.b", weight(0.1, 5))
        .build();
  }
}
