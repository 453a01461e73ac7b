package dev.swage.compress.qdq;

import dev.swage.compress.qdq.QOperatorForm.Coded;
import dev.swage.onnx.Attribute;
import dev.swage.onnx.Node;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * The operator on codes that does what a node between DequantizeLinear and QuantizeLinear does.
 *
 * @param inputs codes of each input; empty for those that are not codes
 * @param output codes of the output; empty where floats are read
 * @param opset of ONNX's own domain
 */
record IntegerOperator(
    Node source, List<Optional<Coded>> inputs, Optional<Coded> output, long opset) {
  /** ONNX Runtime's own operators. */
  static final String CONTRIB = "com.microsoft";

  /** Empty where there is none. */
  Optional<Node> node() {
    if (inputs.isEmpty() || inputs.getFirst().isEmpty()) {
      return Optional.empty();
    }
    return switch (OperatorKind.of(source)) {
      case PRODUCT -> product();
      case ELEMENTWISE -> elementwise();
      case CONCAT -> concat();
      case CODES -> moved();
      case CLIP, FLOAT -> Optional.empty();
    };
  }

  private Coded input(int index) {
    return inputs.get(index).orElseThrow();
  }

  private boolean areCodes(int count) {
    return inputs.size() >= count && inputs.stream().limit(count).allMatch(Optional::isPresent);
  }

  private Optional<Node> product() {
    if (!areCodes(2) || (inputs.size() > 2 && inputs.get(2).isEmpty())) {
      return Optional.empty();
    }
    return switch (source.opType()) {
      case "Conv" -> output.map(this::convolution);
      case "MatMul" -> Optional.of(output.map(this::matMul).orElseGet(this::matMulToFloat));
      case "Gemm" -> Optional.of(gemm());
      default -> Optional.empty();
    };
  }

  private Node convolution(Coded y) {
    List<String> names = new ArrayList<>(input(0).all());
    names.addAll(input(1).all());
    names.addAll(y.parameters());
    if (inputs.size() > 2) {
      names.add(input(2).codes());
    }
    return named("QLinearConv", "", names, y.codes());
  }

  private Node matMul(Coded y) {
    List<String> names = new ArrayList<>(input(0).all());
    names.addAll(input(1).all());
    names.addAll(y.parameters());
    return named("QLinearMatMul", "", names, y.codes());
  }

  private Node matMulToFloat() {
    Coded a = input(0);
    Coded b = input(1);
    return named(
        "MatMulIntegerToFloat",
        CONTRIB,
        List.of(a.codes(), b.codes(), a.scale(), b.scale(), a.zeroPoint(), b.zeroPoint()),
        source.outputs().getFirst());
  }

  private Node gemm() {
    List<String> names = new ArrayList<>(input(0).all());
    names.addAll(input(1).all());
    names.add(inputs.size() > 2 ? input(2).codes() : "");
    output.ifPresent(y -> names.addAll(y.parameters()));
    Node gemm =
        named(
            "QGemm", CONTRIB, names, output.map(Coded::codes).orElse(source.outputs().getFirst()));
    return new Node(
            gemm.name(), gemm.opType(), gemm.domain(), gemm.inputs(), gemm.outputs(), Map.of())
        .with("transB", Attribute.of(source.intAttribute("transB", 0)));
  }

  private Optional<Node> elementwise() {
    int count = source.inputs().size();
    if (output.isEmpty() || !areCodes(count)) {
      return Optional.empty();
    }
    Coded y = output.get();
    List<String> names = new ArrayList<>(input(0).all());
    if (count == 2) {
      names.addAll(input(1).all());
    }
    names.addAll(y.parameters());
    Node integer = named("QLinear" + source.opType(), CONTRIB, names, y.codes());
    return Optional.of(source.is("Softmax") ? integer.with("opset", Attribute.of(opset)) : integer);
  }

  private Optional<Node> concat() {
    if (output.isEmpty() || !areCodes(source.inputs().size())) {
      return Optional.empty();
    }
    List<String> names = new ArrayList<>(output.get().parameters());
    inputs.forEach(each -> names.addAll(each.orElseThrow().all()));
    return Optional.of(named("QLinearConcat", CONTRIB, names, output.get().codes()));
  }

  /** The operator itself, where it hands on scale and zero point. */
  private Optional<Node> moved() {
    return output
        .filter(y -> source.outputs().size() == 1)
        .filter(y -> y.parameters().equals(input(0).parameters()))
        .map(y -> {
          List<String> names = new ArrayList<>(source.inputs());
          names.set(0, input(0).codes());
          return source.withInputs(names).withOutputs(List.of(y.codes()));
        });
  }

  private Node named(String opType, String domain, List<String> names, String result) {
    return new Node(source.name(), opType, domain, names, List.of(result), source.attributes());
  }
}
