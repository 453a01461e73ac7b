package dev.swage.bench.fuzz;

import dev.swage.onnx.Attribute;
import dev.swage.onnx.Function;
import dev.swage.onnx.Graph;
import dev.swage.onnx.Node;
import dev.swage.onnx.OnnxModel;
import dev.swage.onnx.OnnxWriter;
import dev.swage.onnx.ValueInfo;
import dev.swage.tensor.DType;
import dev.swage.tensor.Shape;
import dev.swage.tensor.Tensor;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.random.RandomGenerator;
import java.util.random.RandomGeneratorFactory;

/** Small models with what real ones have: one of each kind of node, branches, loops, functions. */
final class SeedModels {
  private static final RandomGenerator RANDOM =
      RandomGeneratorFactory.of("L64X128MixRandom").create(7);

  private SeedModels() {}

  /** The models as files. */
  static List<byte[]> files() {
    List<OnnxModel> models =
        List.of(
            dense(), pictures(), tables(), branches(), functions(), recurrent(), old(), shapes());
    List<byte[]> files = new ArrayList<>();
    models.forEach(model -> files.add(OnnxWriter.toBytes(model)));
    return files;
  }

  private static Tensor floats(long... dims) {
    Shape shape = Shape.of(dims);
    float[] values = new float[Math.toIntExact(shape.elements())];
    for (int i = 0; i < values.length; i++) {
      values[i] = (float) RANDOM.nextGaussian();
    }
    return Tensor.ofFloats(shape, values);
  }

  private static Graph.Builder graph(String name, long... input) {
    return Graph.builder(name)
        .input(ValueInfo.batched("x", DType.FLOAT32, input))
        .output(ValueInfo.batched("y", DType.FLOAT32, 4));
  }

  private static Node node(String type, String output, String... inputs) {
    return Node.of(type + "_" + output, type, List.of(inputs), output);
  }

  /** A perceptron of MatMul, Gemm and Einsum. */
  static OnnxModel dense() {
    return OnnxModel.of(
        graph("dense", 8)
            .initializer("w", floats(8, 16))
            .initializer("b", floats(16))
            .initializer("v", floats(4, 16))
            .initializer("u", floats(4, 4))
            .node(node("MatMul", "h", "x", "w"))
            .node(node("Add", "a", "h", "b"))
            .node(node("Relu", "r", "a"))
            .node(node("Gemm", "g", "r", "v").with("transB", Attribute.of(1)))
            .node(node("Einsum", "e", "g", "u").with("equation", Attribute.of("bi,ij->bj")))
            .node(node("Softmax", "y", "e").with("axis", Attribute.of(-1)))
            .build());
  }

  /** Convolution, normalization, pooling. */
  private static OnnxModel pictures() {
    return OnnxModel.of(
        graph("pictures", 2, 8, 8)
            .initializer("w", floats(4, 2, 3, 3))
            .initializer("s", floats(4))
            .initializer("m", floats(4))
            .initializer("k", floats(4, 1, 3, 3))
            .node(node("Conv", "c", "x", "w").with("pads", Attribute.ints(1, 1, 1, 1)))
            .node(node("BatchNormalization", "n", "c", "s", "m", "m", "s"))
            .node(node("Clip", "l", "n"))
            .node(node("Conv", "d", "l", "k").with("group", Attribute.of(4)))
            .node(node("Concat", "t", "d", "d").with("axis", Attribute.of(1)))
            .node(node("MaxPool", "p", "t").with("kernel_shape", Attribute.ints(2, 2)))
            .node(node("GlobalAveragePool", "q", "p"))
            .node(node("Flatten", "y", "q"))
            .build());
  }

  /** Tables that are looked up, constants of every kind. */
  private static OnnxModel tables() {
    Node constant =
        node("Constant", "k").with("value", Attribute.of(Tensor.ofLongs(Shape.of(2), 1, 0)));
    return OnnxModel.of(
        graph("tables", 4)
            .initializer("t", floats(10, 4))
            .initializer("i", Tensor.ofLongs(Shape.of(2), 3, 4))
            .initializer("codes", Tensor.ofBytes(DType.INT8, Shape.of(4, 4), new int[16]))
            .initializer("scale", floats(1).reshaped(Shape.of()))
            .node(constant)
            .node(node("Constant", "f").with("value_floats", Attribute.floats(List.of(1f, 2f))))
            .node(node("Gather", "g", "t", "i").with("axis", Attribute.of(0)))
            .node(node("Gather", "h", "g", "k"))
            .node(node("ReduceSum", "r", "h"))
            .node(node("DequantizeLinear", "d", "codes", "scale"))
            .node(node("MatMul", "m", "x", "d"))
            .node(node("Mul", "y", "m", "r"))
            .build());
  }

  private static Graph branch(String name) {
    return Graph.builder(name)
        .initializer("w_" + name, floats(4, 4))
        .node(node("MatMul", "o_" + name, "x", "w_" + name))
        .output(ValueInfo.batched("o_" + name, DType.FLOAT32, 4))
        .build();
  }

  /** An If with weights in its branches, and one in one. */
  private static OnnxModel branches() {
    Node inner =
        node("If", "z", "yes")
            .with("then_branch", Attribute.of(branch("c")))
            .with("else_branch", Attribute.of(branch("d")));
    Graph outer =
        Graph.builder("outer").node(inner).output(ValueInfo.batched("z", DType.FLOAT32, 4)).build();
    return OnnxModel.of(
        graph("branches", 4)
            .initializer("yes", Tensor.ofBytes(DType.BOOL, Shape.of(), 1))
            .node(
                node("If", "y", "yes")
                    .with("then_branch", Attribute.of(branch("a")))
                    .with("else_branch", Attribute.of(outer)))
            .build());
  }

  /** A function with an attribute of its caller. */
  private static OnnxModel functions() {
    Node gemm =
        node("Gemm", "fo", "fi", "fw")
            .with("alpha", new Attribute.Reference("scale", Attribute.Kind.FLOAT));
    Node weight = node("Constant", "fw").with("value", Attribute.of(floats(4, 4)));
    Graph body =
        Graph.builder("Layer")
            .input(ValueInfo.batched("fi", DType.FLOAT32, 4))
            .output(ValueInfo.batched("fo", DType.FLOAT32, 4))
            .node(weight)
            .node(gemm)
            .build();
    Function function =
        Function.of(new Function.Key("own", "Layer", ""), Map.of("", 17L), body)
            .withAttributes(List.of("scale"), Map.of());
    Node call =
        new Node("call", "Layer", "own", List.of("x"), List.of("y"), Map.of())
            .with("scale", Attribute.of(2f));
    return OnnxModel.of(graph("functions", 4).node(call).build())
        .withOpset("own", 1)
        .withFunctions(List.of(function));
  }

  /** An LSTM and a GRU. */
  private static OnnxModel recurrent() {
    return OnnxModel.of(
        Graph.builder("recurrent")
            .input(ValueInfo.of("x", DType.FLOAT32, Shape.of(3, 1, 4)))
            .output(ValueInfo.of("y", DType.FLOAT32, Shape.of(3, 1, 1, 4)))
            .initializer("w", floats(1, 16, 4))
            .initializer("r", floats(1, 16, 4))
            .initializer("b", floats(1, 32))
            .node(node("LSTM", "l", "x", "w", "r", "b").with("hidden_size", Attribute.of(4)))
            .initializer("gw", floats(1, 12, 4))
            .initializer("gr", floats(1, 12, 4))
            .initializer("axes", Tensor.ofLongs(Shape.of(1), 1))
            .node(node("Squeeze", "s", "l", "axes"))
            .node(node("GRU", "y", "s", "gw", "gr").with("hidden_size", Attribute.of(4)))
            .build());
  }

  /** An operator set of long ago. */
  private static OnnxModel old() {
    return OnnxModel.of(
            graph("old", 2, 4, 4)
                .initializer("w", floats(4, 32))
                .initializer("b", floats(4))
                .node(
                    node("Upsample", "u", "x")
                        .with("scales", Attribute.floats(List.of(1f, 1f, 1f, 1f)))
                        .with("mode", Attribute.of("nearest")))
                .node(node("Dropout", "d", "u").with("ratio", Attribute.of(0.5f)))
                .node(
                    node("Clip", "c", "d")
                        .with("min", Attribute.of(0f))
                        .with("max", Attribute.of(6f)))
                .node(node("Pad", "p", "c").with("pads", Attribute.ints(0, 0, 0, 0, 0, 0, 0, 0)))
                .node(node("Reshape", "f", "p", "shape"))
                .initializer("shape", Tensor.ofLongs(Shape.of(2), -1, 32))
                .node(node("Gemm", "y", "f", "w", "b").with("transB", Attribute.of(1)))
                .build())
        .withOpset("", 7);
  }

  /** Sizes that are computed. */
  private static OnnxModel shapes() {
    return OnnxModel.of(
        graph("shapes", 2, 4)
            .initializer("w", floats(4, 2))
            .initializer("one", Tensor.ofLongs(Shape.of(1), 1))
            .initializer("eight", Tensor.ofLongs(Shape.of(1), 8))
            .node(node("Shape", "s", "x"))
            .node(node("Slice", "b", "s", "zero", "one"))
            .initializer("zero", Tensor.ofLongs(Shape.of(1), 0))
            .node(node("Concat", "to", "b", "eight").with("axis", Attribute.of(0)))
            .node(node("Reshape", "flat", "x", "to"))
            .node(node("Transpose", "turned", "x").with("perm", Attribute.ints(0, 2, 1)))
            .node(node("Reshape", "r", "turned", "to"))
            .node(node("Add", "sum", "flat", "r"))
            .initializer("v", floats(8, 4))
            .node(node("MatMul", "y", "sum", "v"))
            .build());
  }
}
