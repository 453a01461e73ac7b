package dev.swage.run;

import dev.swage.onnx.Attribute;
import dev.swage.onnx.Function;
import dev.swage.onnx.Graph;
import dev.swage.onnx.Node;
import dev.swage.onnx.OnnxModel;
import dev.swage.onnx.ValueInfo;
import dev.swage.tensor.DType;
import dev.swage.tensor.Shape;
import dev.swage.tensor.Tensor;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** A model under construction whose nodes call functions of domain {@code local}. */
final class FunctionModels {
  static final String DOMAIN = "local";

  final Graph.Builder graph = Graph.builder("g");
  final List<Function> functions = new ArrayList<>();
  long opset = 18;

  FunctionModels(Shape input) {
    graph.input(ValueInfo.of("x", DType.FLOAT32, input)).output(value("y"));
  }

  static ValueInfo value(String name) {
    return new ValueInfo(name, Optional.of(DType.FLOAT32), Optional.empty());
  }

  static ValueInfo untyped(String name) {
    return new ValueInfo(name, Optional.empty(), Optional.empty());
  }

  static Tensor wave(double seed, long... dims) {
    Shape shape = Shape.of(dims);
    float[] values = new float[(int) shape.elements()];
    for (int i = 0; i < values.length; i++) {
      values[i] = (float) Math.sin(seed + i * 1.37);
    }
    return Tensor.ofFloats(shape, values);
  }

  static Node node(String op, String inputs, String outputs) {
    return new Node("", op, "", names(inputs), names(outputs), Map.of());
  }

  /** Names between commas; nothing between two commas is an omitted one. */
  static List<String> names(String list) {
    return list.isEmpty() ? List.of() : Arrays.asList(list.split(",", -1));
  }

  static Node constant(String output, Tensor value) {
    return node("Constant", "", output).with("value", Attribute.of(value));
  }

  static Node call(String function, String inputs, String outputs) {
    return new Node("call_" + outputs, function, DOMAIN, names(inputs), names(outputs), Map.of());
  }

  static Attribute reference(String attribute, Attribute.Kind kind) {
    return new Attribute.Reference(attribute, kind);
  }

  static Function function(String name, long opset, String inputs, String outputs, Node... nodes) {
    Graph.Builder body = Graph.builder(name).nodes(List.of(nodes));
    names(inputs).forEach(input -> body.input(untyped(input)));
    names(outputs).forEach(output -> body.output(untyped(output)));
    return Function.of(
        new Function.Key(DOMAIN, name, ""), Map.of("", opset, DOMAIN, 1L), body.build());
  }

  FunctionModels function(String name, String inputs, String outputs, Node... nodes) {
    functions.add(function(name, opset, inputs, outputs, nodes));
    return this;
  }

  FunctionModels nodes(Node... nodes) {
    graph.nodes(List.of(nodes));
    return this;
  }

  OnnxModel build() {
    return OnnxModel.of(graph.build())
        .withIrVersion(functions.stream().anyMatch(f -> !f.key().overload().isEmpty()) ? 10 : 8)
        .withOpset("", opset)
        .withOpset(DOMAIN, 1)
        .withFunctions(functions);
  }
}
