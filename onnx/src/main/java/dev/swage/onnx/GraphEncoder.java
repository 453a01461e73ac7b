package dev.swage.onnx;

import com.google.protobuf.ByteString;
import com.google.protobuf.UnsafeByteOperations;
import dev.swage.onnx.wire.AttributeProto;
import dev.swage.onnx.wire.AttributeProto.AttributeType;
import dev.swage.onnx.wire.GraphProto;
import dev.swage.onnx.wire.NodeProto;
import dev.swage.onnx.wire.TensorProto;
import dev.swage.onnx.wire.ValueInfoProto;
import dev.swage.tensor.Tensor;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** Turns graphs into wire messages; equal graphs give equal bytes. */
final class GraphEncoder {
  private GraphEncoder() {}

  /** Everything but the initializers that are tensors, which are streamed. */
  static GraphProto withoutWeights(Graph graph) {
    PreservedContent carried = graph.carried();
    GraphProto.Builder proto = carried.rest.toBuilder();
    proto.setName(graph.name());
    graph.nodes().forEach(node -> proto.addNode(node(node, carried)));
    for (ValueInfo input : graph.inputs()) {
      proto.addInput(value(PreservedContent.Section.INPUT, input, carried));
    }
    for (ValueInfo output : graph.outputs()) {
      proto.addOutput(value(PreservedContent.Section.OUTPUT, output, carried));
    }
    for (ValueInfo value : graph.valueInfos()) {
      proto.addValueInfo(value(PreservedContent.Section.VALUE, value, carried));
    }
    carried.opaqueInitializers.forEach((name, tensor) -> {
      if (!graph.initializers().containsKey(name)) {
        proto.addInitializer(tensor);
      }
    });
    return proto.build();
  }

  /** A sub-graph, whole. */
  private static GraphProto whole(Graph graph) {
    GraphProto.Builder proto = withoutWeights(graph).toBuilder();
    graph
        .initializers()
        .forEach((name, tensor) ->
            proto.addInitializer(
                header(name, tensor, graph.carried()).toBuilder().setRawData(bytes(tensor))));
    return proto.build();
  }

  /** A weight without its data. */
  static TensorProto header(String name, Tensor tensor, PreservedContent carried) {
    TensorProto.Builder proto = bare(tensor).setName(name);
    TensorProto rest = carried.weights.get(name);
    return (rest == null ? proto : proto.mergeFrom(rest)).build();
  }

  static TensorProto.Builder bare(Tensor tensor) {
    TensorProto.Builder proto =
        TensorProto.newBuilder().setDataType(WireTypes.code(tensor.dtype()));
    for (long dim : tensor.shape().toArray()) {
      proto.addDims(dim);
    }
    return proto;
  }

  /** A view of memory outside the heap; it is read before the caller returns. */
  private static ByteString bytes(Tensor tensor) {
    if (tensor.data().isNative()) {
      return UnsafeByteOperations.unsafeWrap(tensor.data().asByteBuffer());
    }
    return ByteString.copyFrom(tensor.data().toArray(ValueLayout.JAVA_BYTE));
  }

  private static ValueInfoProto value(
      PreservedContent.Section section, ValueInfo value, PreservedContent carried) {
    ValueInfoProto original = carried.values.get(new PreservedContent.ValueKey(section, value));
    return original != null ? original : ValueInfos.encode(value);
  }

  private static NodeProto node(Node node, PreservedContent carried) {
    NodeProto rest = carried.nodes.get(PreservedContent.NodeKey.of(node));
    NodeProto.Builder proto =
        (rest == null ? NodeProto.getDefaultInstance() : rest)
            .toBuilder()
                .clearAttribute()
                .addAllInput(node.inputs())
                .addAllOutput(node.outputs())
                .setOpType(node.opType());
    if (!node.name().isEmpty()) {
      proto.setName(node.name());
    }
    if (!node.domain().isEmpty()) {
      proto.setDomain(node.domain());
    }
    if (!node.overload().isEmpty()) {
      proto.setOverload(node.overload());
    }
    return proto
        .addAllAttribute(
            attributes(node.attributes(), rest == null ? List.of() : rest.getAttributeList()))
        .build();
  }

  /**
   * A list of attributes, sorted, so that the bytes do not depend on the order in which they were
   * given.
   *
   * @param rest what they do not hold of their wire forms, by {@link AttributeDecoder}
   */
  static List<AttributeProto> attributes(
      Map<String, Attribute> attributes, List<AttributeProto> rest) {
    Map<String, AttributeProto> extras = new HashMap<>();
    rest.forEach(extra -> extras.put(extra.getName(), extra));
    List<AttributeProto> protos = new ArrayList<>();
    new TreeMap<>(attributes)
        .forEach((name, value) -> {
          AttributeProto.Builder attribute = attribute(name, value);
          AttributeProto extra = extras.get(name);
          if (extra != null && (!extra.hasT() || attribute.hasT())) {
            attribute.mergeFrom(extra);
          }
          protos.add(attribute.build());
        });
    return protos;
  }

  private static AttributeProto.Builder attribute(String name, Attribute value) {
    AttributeProto.Builder proto = AttributeProto.newBuilder().setName(name);
    return switch (value) {
      case Attribute.IntValue v -> proto.setType(AttributeType.INT).setI(v.value());
      case Attribute.FloatValue v -> proto.setType(AttributeType.FLOAT).setF(v.value());
      case Attribute.StringValue v ->
          proto.setType(AttributeType.STRING).setS(ByteString.copyFromUtf8(v.value()));
      case Attribute.IntsValue v -> proto.setType(AttributeType.INTS).addAllInts(v.values());
      case Attribute.FloatsValue v -> proto.setType(AttributeType.FLOATS).addAllFloats(v.values());
      case Attribute.StringsValue v ->
          proto
              .setType(AttributeType.STRINGS)
              .addAllStrings(v.values().stream().map(ByteString::copyFromUtf8).toList());
      case Attribute.TensorValue v ->
          proto.setType(AttributeType.TENSOR).setT(bare(v.value()).setRawData(bytes(v.value())));
      case Attribute.GraphValue v -> proto.setType(AttributeType.GRAPH).setG(whole(v.value()));
      case Attribute.Reference v -> reference(proto, v);
      case Attribute.OpaqueValue v -> v.wire().toBuilder().setName(name);
    };
  }

  private static AttributeProto.Builder reference(
      AttributeProto.Builder proto, Attribute.Reference value) {
    proto.setRefAttrName(value.attribute());
    return value.kind() == Attribute.Kind.UNDEFINED
        ? proto
        : proto.setType(AttributeType.valueOf(value.kind().name()));
  }
}
