package dev.swage.onnx;

import dev.swage.onnx.wire.GraphProto;
import dev.swage.onnx.wire.NodeProto;
import dev.swage.onnx.wire.TensorProto;
import dev.swage.onnx.wire.ValueInfoProto;
import dev.swage.tensor.Tensor;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Turns wire graphs into {@link Graph}s; what those do not hold goes into {@link PreservedContent}.
 */
final class GraphDecoder {
  private final String file;
  private final TensorDecoder tensors;
  private final AttributeDecoder attributes;

  GraphDecoder(String file, TensorDecoder tensors) {
    this.file = file;
    this.tensors = tensors;
    this.attributes = new AttributeDecoder(file, tensors, this);
  }

  Graph graph(GraphProto proto) {
    GraphProto rest =
        proto.toBuilder()
            .clearNode()
            .clearName()
            .clearInitializer()
            .clearInput()
            .clearOutput()
            .clearValueInfo()
            .build();
    PreservedContent carried = new PreservedContent(new ExternalCopies(tensors).sparse(rest));
    Graph.Builder graph = Graph.builder(proto.getName()).carried(carried);
    for (NodeProto node : proto.getNodeList()) {
      graph.node(node(node, carried));
    }
    for (TensorProto initializer : proto.getInitializerList()) {
      initializer(initializer, graph, carried);
    }
    graph.inputs(values(PreservedContent.Section.INPUT, proto.getInputList(), carried));
    graph.outputs(values(PreservedContent.Section.OUTPUT, proto.getOutputList(), carried));
    graph.valueInfos(values(PreservedContent.Section.VALUE, proto.getValueInfoList(), carried));
    return graph.build();
  }

  private static List<ValueInfo> values(
      PreservedContent.Section section, List<ValueInfoProto> protos, PreservedContent carried) {
    List<ValueInfo> values = new ArrayList<>();
    for (ValueInfoProto proto : protos) {
      ValueInfo value = ValueInfos.decode(proto);
      values.add(value);
      if (!ValueInfos.encode(value).equals(proto)) {
        carried.values.put(new PreservedContent.ValueKey(section, value), proto);
      }
    }
    return values;
  }

  private void initializer(TensorProto proto, Graph.Builder graph, PreservedContent carried) {
    String name = proto.getName();
    if (name.isEmpty()) {
      throw new OnnxException(file + ": an initializer has no name");
    }
    if (graph.hasInitializer(name) || carried.opaqueInitializers.containsKey(name)) {
      throw new OnnxException("%s: two initializers are named '%s'".formatted(file, name));
    }
    Optional<Tensor> tensor = tensors.decode(proto, name);
    if (tensor.isEmpty()) {
      carried.opaqueInitializers.put(name, tensors.selfContained(proto, name));
      return;
    }
    graph.initializer(name, tensor.get());
    TensorProto rest = AttributeDecoder.rest(proto).toBuilder().clearName().build();
    if (!rest.equals(TensorProto.getDefaultInstance())) {
      carried.weights.put(name, rest);
    }
  }

  AttributeDecoder attributes() {
    return attributes;
  }

  private Node node(NodeProto proto, PreservedContent carried) {
    String domain = proto.getDomain().equals("ai.onnx") ? "" : proto.getDomain();
    Node bare =
        new Node(
            proto.getName(),
            proto.getOpType(),
            domain,
            proto.getInputList(),
            proto.getOutputList(),
            Map.of(),
            proto.getOverload());
    if (proto.getOpType().isEmpty()) {
      throw new OnnxException("%s: %s has no operator".formatted(file, bare.describe()));
    }
    AttributeDecoder.Decoded decoded =
        attributes.decode(proto.getAttributeList(), bare, bare::describe);
    NodeProto rest =
        proto.toBuilder()
            .clearInput()
            .clearOutput()
            .clearName()
            .clearOpType()
            .clearDomain()
            .clearOverload()
            .clearAttribute()
            .addAllAttribute(decoded.rest())
            .build();
    Node node = bare.withAttributes(decoded.values());
    if (!rest.equals(NodeProto.getDefaultInstance())) {
      carried.nodes.put(PreservedContent.NodeKey.of(node), rest);
    }
    return node;
  }
}
