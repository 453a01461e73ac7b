package dev.swage.compress.qdq;

import dev.swage.onnx.Graph;
import dev.swage.onnx.GraphIndex;
import dev.swage.onnx.Node;
import dev.swage.onnx.OnnxModel;
import dev.swage.tensor.Tensor;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * Writes quantized nodes as operators on codes, as ONNX Runtime would fuse them: QLinearConv and
 * QLinearMatMul, ONNX Runtime's own ({@code com.microsoft}) for the rest, and moving operators on
 * the codes themselves. A node that has no such form stays between DequantizeLinear and
 * QuantizeLinear. A pure function.
 */
public final class QOperatorForm {
  private final OnnxModel source;
  private final QdqModel coded;
  private final GraphIndex index;
  private final Map<String, Coded> codes = new HashMap<>();

  private QOperatorForm(QdqModel coded) {
    this.coded = coded;
    this.source = coded.model();
    this.index = GraphIndex.of(source.graph());
    for (Node node : source.graph().nodes()) {
      if (node.is("DequantizeLinear")) {
        codes.put(node.outputs().getFirst(), Coded.of(node, node.input(0)));
      }
    }
  }

  /**
   * The same computation on codes.
   *
   * @param coded as {@link QdqWriter} wrote it
   */
  public static QdqModel of(QdqModel coded) {
    return new QOperatorForm(coded).lowered();
  }

  private QdqModel lowered() {
    Set<Node> written = new HashSet<>(coded.written().values());
    Map<String, Node> byCodes = new HashMap<>();
    Set<String> gone = new HashSet<>();
    List<Node> nodes = new ArrayList<>();
    for (Node node : source.graph().nodes()) {
      Optional<Node> integer = written.contains(node) ? integer(node) : Optional.empty();
      nodes.add(integer.orElse(node));
      integer.ifPresent(lowered -> {
        byCodes.put(lowered.outputs().getFirst(), lowered);
        gone.add(node.outputs().getFirst());
      });
    }
    nodes.removeIf(node ->
        node.is("QuantizeLinear")
            && gone.contains(node.input(0))
            && byCodes.containsKey(node.outputs().getFirst()));
    OnnxModel model = source.withGraph(swept(nodes));
    boolean contrib =
        nodes.stream().anyMatch(node -> node.domain().equals(IntegerOperator.CONTRIB));
    Map<String, Tensor> stored = new LinkedHashMap<>(coded.stored());
    stored.keySet().retainAll(model.graph().initializers().keySet());
    return new QdqModel(
        contrib ? model.withOpset(IntegerOperator.CONTRIB, 1) : model,
        coded.plan(),
        stored,
        coded.written());
  }

  /** The node on codes, writing the codes that its QuantizeLinear wrote. */
  private Optional<Node> integer(Node node) {
    List<Optional<Coded>> inputs = new ArrayList<>();
    for (String input : node.inputs()) {
      inputs.add(Optional.ofNullable(codes.get(input)));
    }
    Optional<Coded> output =
        index
            .onlyConsumer(node.outputs().getFirst())
            .filter(reader -> reader.is("QuantizeLinear"))
            .map(reader -> Coded.of(reader, reader.outputs().getFirst()));
    return new IntegerOperator(node, inputs, output, source.opset()).node();
  }

  /** Without the conversions and constants that nobody reads any more. */
  private Graph swept(List<Node> nodes) {
    Set<String> read = new HashSet<>();
    source.graph().outputs().forEach(output -> read.add(output.name()));
    List<Node> kept = new ArrayList<>();
    for (Node node : nodes.reversed()) {
      if (node.is("DequantizeLinear") && node.outputs().stream().noneMatch(read::contains)) {
        continue;
      }
      kept.add(node);
      read.addAll(node.inputs());
      node.subgraphs().forEach(inner -> read.addAll(GraphIndex.captures(inner)));
    }
    Graph.Builder builder = source.graph().toBuilder().nodes(kept.reversed());
    for (String name : coded.stored().keySet()) {
      if (!read.contains(name)) {
        builder.removeInitializer(name);
      }
    }
    return builder.build();
  }

  /** Codes with their scale and zero point, by name; an empty zero point is 0. */
  record Coded(String codes, String scale, String zeroPoint) {
    static Coded of(Node conversion, String codes) {
      return new Coded(codes, conversion.input(1), conversion.input(2));
    }

    List<String> all() {
      return List.of(codes, scale, zeroPoint);
    }

    List<String> parameters() {
      return List.of(scale, zeroPoint);
    }
  }
}
