package dev.swage.train.torch;

import dev.swage.onnx.Attribute;
import dev.swage.onnx.Graph;
import dev.swage.onnx.Node;
import dev.swage.onnx.OnnxModel;
import dev.swage.onnx.ValueInfo;
import dev.swage.tensor.DType;
import dev.swage.tensor.HeapMemory;
import dev.swage.tensor.Shape;
import dev.swage.tensor.Tensor;
import dev.swage.testkit.TestFloats;
import dev.swage.train.torch.lib.TensorBridge;
import dev.swage.train.torch.lib.TorchRuntime;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.DoubleUnaryOperator;
import java.util.random.RandomGenerator;
import org.bytedeco.javacpp.PointerScope;

/** One node with its inputs, whose gradient is to be checked. Every method returns a new case. */
final class GradientCase {
  /**
   * An input of the node.
   *
   * @param value nothing for one that is left out
   * @param role how the graph has it
   */
  record Input(Optional<Tensor> value, Role role) {
    boolean differentiated() {
      return role == Role.DIFFERENTIATED;
    }

    /** What is fed, rather than a constant of the graph. */
    Optional<Tensor> fed() {
      return role == Role.CONSTANT ? Optional.empty() : value;
    }
  }

  enum Role {
    DIFFERENTIATED,
    FIXED,
    CONSTANT
  }

  private final Node node;
  private final String domain;
  private final long opset;
  private final List<Input> inputs;
  private final boolean training;

  private GradientCase(Node node, String domain, long opset, List<Input> inputs, boolean training) {
    this.node = node;
    this.domain = domain;
    this.opset = opset;
    this.inputs = List.copyOf(inputs);
    this.training = training;
  }

  /** An operator of ONNX's own domain with one output, in training. */
  static GradientCase of(String operator) {
    return of("", operator, 22);
  }

  static GradientCase of(String domain, String operator, long opset) {
    Node node = new Node("n", operator, domain, List.of(), List.of("y0"), java.util.Map.of());
    return new GradientCase(node, domain, opset, List.of(), true);
  }

  GradientCase opset(long version) {
    return new GradientCase(node, domain, version, inputs, training);
  }

  GradientCase outputs(int count) {
    List<String> names = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      names.add("y" + i);
    }
    return outputs(names.toArray(String[]::new));
  }

  /** With outputs of these names; an empty one is not wanted. */
  GradientCase outputs(String... names) {
    return with(node.withOutputs(List.of(names)));
  }

  /** Runs the node as outside training. */
  GradientCase evaluated() {
    return new GradientCase(node, domain, opset, inputs, false);
  }

  private GradientCase with(Node changed) {
    return new GradientCase(changed, domain, opset, inputs, training);
  }

  GradientCase attribute(String name, Attribute value) {
    return with(node.with(name, value));
  }

  GradientCase set(String name, long value) {
    return attribute(name, new Attribute.IntValue(value));
  }

  GradientCase set(String name, float value) {
    return attribute(name, new Attribute.FloatValue(value));
  }

  GradientCase set(String name, String value) {
    return attribute(name, new Attribute.StringValue(value));
  }

  GradientCase ints(String name, long... values) {
    return attribute(
        name, new Attribute.IntsValue(java.util.stream.LongStream.of(values).boxed().toList()));
  }

  /** Gaussian numbers that are differentiated. */
  GradientCase x(long... dims) {
    return x(value -> value, dims);
  }

  /** Gaussian numbers, mapped, that are differentiated: for functions with a smaller domain. */
  GradientCase x(DoubleUnaryOperator map, long... dims) {
    RandomGenerator random = TestFloats.random(7 + inputs.size());
    double[] values = new double[Math.toIntExact(Shape.of(dims).elements())];
    for (int i = 0; i < values.length; i++) {
      values[i] = map.applyAsDouble(random.nextGaussian());
    }
    return input(doubles(Shape.of(dims), values), Role.DIFFERENTIATED);
  }

  /** Positive numbers, not near 0. */
  GradientCase positive(long... dims) {
    return x(value -> 0.5 + Math.abs(value), dims);
  }

  /** Numbers of which no two are near each other, and none near 0: for functions with kinks. */
  GradientCase spread(long... dims) {
    int size = Math.toIntExact(Shape.of(dims).elements());
    List<Double> values = new ArrayList<>();
    for (int i = 0; i < size; i++) {
      values.add((i + 0.3 - 0.5 * size) * 3.1 / size);
    }
    java.util.Collections.shuffle(values, new java.util.Random(5L + inputs.size()));
    double[] shuffled = values.stream().mapToDouble(value -> value).toArray();
    return input(doubles(Shape.of(dims), shuffled), Role.DIFFERENTIATED);
  }

  /** Given float64 numbers. */
  GradientCase given(boolean differentiated, Shape shape, double... values) {
    return input(doubles(shape, values), differentiated ? Role.DIFFERENTIATED : Role.FIXED);
  }

  /** An input that is not differentiated, as indices and masks. */
  GradientCase fixed(Tensor value) {
    return input(value, Role.FIXED);
  }

  /** A constant of the graph. */
  GradientCase constant(Tensor value) {
    return input(value, Role.CONSTANT);
  }

  /** A vector of integers. */
  GradientCase longs(long... values) {
    return fixed(Tensor.ofLongs(Shape.of(values.length), values));
  }

  /** An input that is left out. */
  GradientCase none() {
    return input(Optional.empty(), Role.FIXED);
  }

  private GradientCase input(Tensor value, Role role) {
    return input(Optional.of(value), role);
  }

  private GradientCase input(Optional<Tensor> value, Role role) {
    List<Input> more = new ArrayList<>(inputs);
    more.add(new Input(value, role));
    List<String> names = new ArrayList<>(node.inputs());
    names.add(value.isPresent() ? "x" + inputs.size() : "");
    return new GradientCase(node.withInputs(names), domain, opset, more, training);
  }

  static Tensor doubles(Shape shape, double... values) {
    MemorySegment data = HeapMemory.allocate(DType.FLOAT64.bytes(values.length));
    MemorySegment.copy(values, 0, data, Tensor.LE_DOUBLE, 0, values.length);
    return Tensor.of(DType.FLOAT64, shape, data);
  }

  /** The same with another float type in place of float64. */
  GradientCase inFloats(DType type) {
    List<Input> narrow =
        inputs.stream()
            .map(
                input -> new Input(input.value().map(value -> inFloats(value, type)), input.role()))
            .toList();
    return new GradientCase(node, domain, opset, narrow, training);
  }

  private static Tensor inFloats(Tensor value, DType type) {
    if (value.dtype() != DType.FLOAT64 && value.dtype().bits() != 16) {
      return value;
    }
    TorchRuntime.require();
    try (PointerScope _ = new PointerScope()) {
      return TensorBridge.download(TensorBridge.upload(value).to(TensorBridge.scalarType(type)));
    }
  }

  List<Input> inputs() {
    return inputs;
  }

  boolean training() {
    return training;
  }

  /** The graph with only this node. */
  OnnxModel model() {
    Graph.Builder graph = Graph.builder("case").node(node);
    for (int i = 0; i < inputs.size(); i++) {
      String name = "x" + i;
      Input input = inputs.get(i);
      input.fed().ifPresent(value -> graph.input(ValueInfo.of(name, value.dtype(), value.shape())));
      if (input.role() == Role.CONSTANT) {
        graph.initializer(name, input.value().orElseThrow());
      }
    }
    node.outputs().stream()
        .filter(name -> !name.isEmpty())
        .forEach(name -> graph.output(new ValueInfo(name, Optional.empty(), Optional.empty())));
    return OnnxModel.of(graph.build()).withOpset(domain, opset);
  }

  @Override
  public String toString() {
    List<String> shapes = inputs.stream().map(Input::value).map(GradientCase::describe).toList();
    return "%s%s %s %s"
        .formatted(node.opType(), opset == 22 ? "" : "-" + opset, node.attributes(), shapes);
  }

  private static String describe(Optional<Tensor> value) {
    return value.map(tensor -> tensor.dtype() + tensor.shape().toString()).orElse("none");
  }
}
