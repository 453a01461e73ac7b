package dev.swage.onnx;

import dev.swage.onnx.wire.FunctionProto;
import dev.swage.onnx.wire.GraphProto;
import java.util.Map;

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
    Node caller = Node.of("", key.toString(), proto.getInputList());
    AttributeDecoder.Decoded defaults =
        graphs
            .attributes()
            .decode(proto.getAttributeProtoList(), caller, () -> "function '%s'".formatted(key));
    FunctionProto rest =
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
            .clearValueInfo()
            .addAllAttributeProto(defaults.rest())
            .build();
    return Function.of(key, opsets, graphs.graph(body.build()))
        .withAttributes(proto.getAttributeList(), defaults.values())
        .carried(rest);
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
            .addAllAttributeProto(
                GraphEncoder.attributes(
                    function.defaults(), function.carried().getAttributeProtoList()))
            .addAllNode(body.getNodeList())
            .addAllValueInfo(body.getValueInfoList());
    if (!key.overload().isEmpty()) {
      proto.setOverload(key.overload());
    }
    function
        .opsets()
        .forEach((domain, version) ->
            proto.addOpsetImportBuilder().setDomain(domain).setVersion(version));
    return proto.build();
  }
}
