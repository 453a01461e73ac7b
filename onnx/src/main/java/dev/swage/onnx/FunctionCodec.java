package dev.swage.onnx;

import dev.swage.onnx.wire.AttributeProto;
import dev.swage.onnx.wire.FunctionProto;
import dev.swage.onnx.wire.GraphProto;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.TreeMap;

/** {@link Function}s to and from the wire; what they do not hold is carried. */
final class FunctionCodec {
  private FunctionCodec() {}

  static Function decode(
      FunctionProto proto, Map<String, Long> opsets, String file, GraphDecoder graphs) {
    String domain = proto.getDomain().equals("ai.onnx") ? "" : proto.getDomain();
    Function.Key key = new Function.Key(domain, proto.getName(), proto.getOverload());
    if (proto.getName().isEmpty()) {
      throw new OnnxException("%s: a function of domain '%s' has no name".formatted(file, domain));
    }
    GraphProto.Builder body =
        GraphProto.newBuilder()
            .setName(proto.getName())
            .addAllNode(proto.getNodeList())
            .addAllValueInfo(proto.getValueInfoList());
    proto.getInputList().forEach(input -> body.addInputBuilder().setName(input));
    proto.getOutputList().forEach(output -> body.addOutputBuilder().setName(output));
    FunctionProto.Builder rest =
        proto.toBuilder()
            .clearName()
            .clearDomain()
            .clearOverload()
            .clearInput()
            .clearOutput()
            .clearAttribute()
            .clearAttributeProto()
            .clearNode()
            .clearOpsetImport()
            .clearValueInfo();
    Node caller = Node.of("", key.toString(), proto.getInputList());
    Map<String, Attribute> defaults = new LinkedHashMap<>();
    for (AttributeProto attribute : proto.getAttributeProtoList()) {
      Attribute value = graphs.attributes().decode(attribute, caller);
      if (defaults.put(attribute.getName(), value) != null) {
        throw new OnnxException(
            "%s: function '%s' has two attributes '%s'".formatted(file, key, attribute.getName()));
      }
      AttributeProto extra = AttributeDecoder.rest(attribute, value);
      if (!extra.equals(AttributeProto.getDefaultInstance())) {
        rest.addAttributeProto(extra.toBuilder().setName(attribute.getName()));
      }
    }
    return Function.of(key, opsets, graphs.graph(body.build()))
        .withAttributes(proto.getAttributeList(), defaults)
        .carried(rest.build());
  }

  static FunctionProto encode(Function function) {
    GraphProto body = GraphEncoder.withoutWeights(function.body());
    Function.Key key = function.key();
    FunctionProto.Builder proto =
        function.carried().toBuilder()
            .clearAttributeProto()
            .setName(key.name())
            .setDomain(key.domain())
            .addAllInput(function.inputs())
            .addAllOutput(function.outputs())
            .addAllAttribute(function.attributes())
            .addAllNode(body.getNodeList())
            .addAllValueInfo(body.getValueInfoList());
    if (!key.overload().isEmpty()) {
      proto.setOverload(key.overload());
    }
    function
        .opsets()
        .forEach((domain, version) ->
            proto.addOpsetImportBuilder().setDomain(domain).setVersion(version));
    Map<String, AttributeProto> extras = new TreeMap<>();
    function.carried().getAttributeProtoList().forEach(one -> extras.put(one.getName(), one));
    new TreeMap<>(function.defaults())
        .forEach((name, value) -> {
          AttributeProto.Builder attribute = GraphEncoder.attribute(name, value);
          AttributeProto extra = extras.get(name);
          if (extra != null && (!extra.hasT() || attribute.hasT())) {
            attribute.mergeFrom(extra);
          }
          proto.addAttributeProto(attribute);
        });
    return proto.build();
  }
}
