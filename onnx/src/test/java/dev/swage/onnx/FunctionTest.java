package dev.swage.onnx;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.protobuf.ByteString;
import dev.swage.onnx.wire.AttributeProto;
import dev.swage.onnx.wire.FunctionProto;
import dev.swage.onnx.wire.GraphProto;
import dev.swage.onnx.wire.ModelProto;
import dev.swage.onnx.wire.NodeProto;
import dev.swage.onnx.wire.TensorProto;
import dev.swage.tensor.DType;
import dev.swage.tensor.Shape;
import dev.swage.tensor.Tensor;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class FunctionTest {
  private static final ValueInfo X = ValueInfo.of("x", DType.FLOAT32, Shape.of(2));

  @TempDir Path temp;

  private static ValueInfo untyped(String name) {
    return new ValueInfo(name, Optional.empty(), Optional.empty());
  }

  private static Node call(String domain, String function, String input, String output) {
    return new Node("", function, domain, List.of(input), List.of(output), Map.of());
  }

  /** A function of x that runs these nodes one after the other and gives y. */
  private static Function function(String name, Node... nodes) {
    Graph.Builder body = Graph.builder(name).input(untyped("x")).output(untyped("y"));
    List.of(nodes).forEach(body::node);
    return Function.of(
        new Function.Key("local", name, ""), Map.of("", 21L, "local", 1L), body.build());
  }

  private static OnnxModel model(Function... functions) {
    return OnnxModel.of(
            Graph.builder("g")
                .input(X)
                .node(call("local", functions[0].key().name(), "x", "y"))
                .output(ValueInfo.of("y", DType.FLOAT32, Shape.of(2)))
                .build())
        .withOpset("local", 1)
        .withFunctions(List.of(functions));
  }

  private static OnnxModel read(ModelProto.Builder proto) {
    return OnnxReader.parse(proto.build().toByteArray(), "memory");
  }

  private static ModelProto.Builder wire(OnnxModel model) throws Exception {
    return ModelProto.parseFrom(OnnxWriter.toBytes(model)).toBuilder();
  }

  private static Function written() {
    Graph inner =
        Graph.builder("then")
            .node(Node.of("", "Neg", List.of("x"), "n"))
            .output(untyped("n"))
            .build();
    Node branch =
        Node.of("", "If", List.of("c"), "y")
            .with("then_branch", Attribute.of(inner))
            .with("else_branch", Attribute.of(inner));
    Node clipped =
        Node.of("soft", "LeakyRelu", List.of("x"), "s")
            .with("alpha", new Attribute.Reference("slope", Attribute.Kind.FLOAT));
    Graph body =
        Graph.builder("F")
            .input(untyped("x"))
            .input(untyped("c"))
            .node(clipped)
            .node(branch)
            .output(untyped("y"))
            .output(untyped("s"))
            .valueInfos(List.of(ValueInfo.of("s", DType.FLOAT32, Shape.of(2))))
            .build();
    return Function.of(new Function.Key("local", "F", "float"), Map.of("", 18L), body)
        .withAttributes(List.of("mode"), Map.of("slope", Attribute.of(0.25f)));
  }

  @Test
  void everyPartIsReadBack() {
    Function function = written();
    OnnxModel read = OnnxReader.parse(OnnxWriter.toBytes(model(function)), "memory");
    Function back = read.functions().getFirst();
    assertThat(back.key()).isEqualTo(function.key()).hasToString("local::F:float");
    assertThat(back.opsets()).isEqualTo(Map.of("", 18L));
    assertThat(back.attributes()).containsExactly("mode");
    assertThat(back.defaults()).isEqualTo(Map.of("slope", Attribute.of(0.25f)));
    assertThat(back.inputs()).containsExactly("x", "c");
    assertThat(back.outputs()).containsExactly("y", "s");
    assertThat(back.nodes().getFirst()).isEqualTo(function.nodes().getFirst());
    assertThat(back.nodes().getLast().subgraphs()).hasSize(2);
    assertThat(back.valueInfos()).isEqualTo(function.valueInfos());
  }

  /** Same field order as written, attributes by name: what is read comes out byte for byte. */
  @Test
  void bytesAreStable() {
    byte[] bytes = OnnxWriter.toBytes(model(written(), function("G", copy("x", "y"))));
    assertThat(OnnxWriter.toBytes(OnnxReader.parse(bytes, "memory"))).isEqualTo(bytes);
  }

  private static Node copy(String from, String to) {
    return Node.of("", "Identity", List.of(from), to);
  }

  @Test
  void whatIsNotUnderstoodStays() throws Exception {
    ModelProto.Builder proto = wire(model(written()));
    FunctionProto.Builder function = proto.getFunctionsBuilder(0).setDocString("of a function");
    function.addMetadataPropsBuilder().setKey("k").setValue("v");
    function.getNodeBuilder(0).setDocString("of a node").getAttributeBuilder(0).setDocString("ref");
    function.getAttributeProtoBuilder(0).setDocString("of a default");
    function.addAttributeProto(
        AttributeProto.newBuilder()
            .setName("type")
            .setType(AttributeProto.AttributeType.TYPE_PROTO));
    byte[] bytes = proto.build().toByteArray();
    ModelProto back = ModelProto.parseFrom(OnnxWriter.toBytes(OnnxReader.parse(bytes, "memory")));
    assertThat(back.getFunctions(0)).isEqualTo(proto.getFunctions(0));
  }

  @Test
  void overloadsAreTold() throws Exception {
    Function one = function("F", copy("x", "y"));
    Function other = Function.of(new Function.Key("local", "F", "other"), one.opsets(), one.body());
    ModelProto.Builder proto = wire(model(one, other));
    proto.getGraphBuilder().getNodeBuilder(0).setOverload("other");
    OnnxModel read = read(proto);
    Node call = read.graph().nodes().getFirst();
    assertThat(call.overload()).isEqualTo("other");
    assertThat(read.function(call)).map(Function::key).hasValue(other.key());
    assertThat(ModelProto.parseFrom(OnnxWriter.toBytes(read))).isEqualTo(proto.build());
  }

  /** A constant in a data file goes with the model when that is written to another folder. */
  @Test
  void constantsInDataFilesAreReadAndWritten() throws Exception {
    Tensor weight = Tensor.ofFloats(Shape.of(2), 3f, 4f);
    Node constant =
        new Node(
            "", "Constant", "", List.of(), List.of("w"), Map.of("value", Attribute.of(weight)));
    ModelProto.Builder proto =
        wire(model(function("F", constant, Node.of("", "Add", List.of("x", "w"), "y"))));
    NodeProto.Builder node = proto.getFunctionsBuilder(0).getNodeBuilder(0);
    TensorProto.Builder tensor = node.getAttributeBuilder(0).getTBuilder();
    ByteString bytes = tensor.getRawData();
    tensor.clearRawData().setDataLocation(TensorProto.DataLocation.EXTERNAL);
    tensor.addExternalDataBuilder().setKey("location").setValue("w.bin");
    Files.write(temp.resolve("w.bin"), bytes.toByteArray());
    Files.write(temp.resolve("m.onnx"), proto.build().toByteArray());
    Path copy = Files.createDirectory(temp.resolve("elsewhere")).resolve("m.onnx");
    OnnxWriter.write(OnnxReader.read(temp.resolve("m.onnx")), copy);
    Node back = OnnxReader.read(copy).functions().getFirst().nodes().getFirst();
    Attribute value = Objects.requireNonNull(back.attributes().get("value"));
    assertThat(((Attribute.TensorValue) value).value().toFloats()).containsExactly(3f, 4f);
  }

  @Test
  void callsOfUnknownFunctionsAreOperators() {
    OnnxModel model = model(function("F", call("local", "Other", "x", "y")));
    assertThat(OnnxReader.parse(OnnxWriter.toBytes(model), "memory").functions()).hasSize(1);
    assertThat(model.function(model.functions().getFirst().nodes().getFirst())).isEmpty();
  }

  private static void refused(String message, Function... functions) {
    byte[] bytes = OnnxWriter.toBytes(model(functions));
    assertThatThrownBy(() -> OnnxReader.parse(bytes, "m.onnx"))
        .isInstanceOf(OnnxException.class)
        .hasMessage("m.onnx: " + message);
  }

  @Test
  void namesInsideAreChecked() {
    refused(
        "function 'local::F': node 'y' (Add): input 'z' is not defined",
        function("F", Node.of("", "Add", List.of("x", "z"), "y")));
    refused(
        "function 'local::F': node 'a' (Neg): input 'b' is written by a later node",
        function("F", Node.of("", "Neg", List.of("b"), "a"), copy("x", "b"), copy("a", "y")));
    refused(
        "function 'local::F': node 'x' (Neg): output 'x' is already defined",
        function("F", Node.of("", "Neg", List.of("x"), "x"), copy("x", "y")));
    refused("function 'local::F': nothing writes the graph output 'y'", function("F"));
    refused(
        "function 'local::F': node 'y' (other::Op): it imports no operator set of domain 'other'",
        function("F", call("other", "Op", "x", "y")));
  }

  /** As in ONNX Runtime, although the model imports it and has the function. */
  @Test
  void functionsImportTheDomainsOfTheirCalls() {
    Function outer = function("F", call("local", "G", "x", "y"));
    refused(
        "function 'local::F': node 'y' (local::G): it imports no operator set of domain 'local'",
        Function.of(outer.key(), Map.of("", 21L), outer.body()),
        function("G", copy("x", "y")));
  }

  @Test
  void functionsOfOneNameAreRefused() throws Exception {
    ModelProto.Builder proto = wire(model(function("F", copy("x", "y"))));
    proto.addFunctions(proto.getFunctions(0));
    assertThatThrownBy(() -> read(proto))
        .isInstanceOf(OnnxException.class)
        .hasMessage("memory: two functions are called 'local::F'");
    proto.getFunctionsBuilder(1).clearName();
    assertThatThrownBy(() -> read(proto))
        .hasMessage("memory: a function of domain 'local' has no name");
  }

  @Test
  void recursionIsRefused() {
    refused(
        "function 'local::F': calls itself: local::F → local::F; functions of ONNX cannot be recursive",
        function("F", call("local", "F", "x", "y")));
    Graph inside =
        Graph.builder("b").node(call("local", "F", "x", "z")).output(untyped("z")).build();
    Node loop = Node.of("", "If", List.of("x"), "y").with("then_branch", Attribute.of(inside));
    refused(
        "function 'local::F': calls itself: local::F → local::G → local::H → local::F; functions of ONNX cannot be recursive",
        function("F", call("local", "G", "x", "y")),
        function("G", call("local", "H", "x", "y")),
        function("H", loop));
  }

  @Test
  void callsThatAreNestedTooDeepAreRefused() {
    Function[] chain = new Function[5000];
    for (int i = 0; i < chain.length; i++) {
      Node next = i + 1 < chain.length ? call("local", "F" + (i + 1), "x", "y") : copy("x", "y");
      chain[i] = function("F" + i, next);
    }
    refused("function 'local::F0': calls of functions are nested deeper than 200", chain);
  }

  /** What a graph only carries belongs to values too: string weights, types that are no tensors. */
  @Test
  void carriedPartsFollowNewNames() throws Exception {
    ModelProto.Builder proto = wire(model(function("F", copy("x", "y"))));
    GraphProto.Builder graph = proto.getGraphBuilder();
    graph
        .addInitializerBuilder()
        .setName("texts")
        .setDataType(8)
        .addDims(1)
        .addStringData(ByteString.copyFromUtf8("a"));
    graph.addInitializerBuilder().setName("w").setDataType(1).setDocString("of w").addFloatData(1);
    graph.addSparseInitializerBuilder().getValuesBuilder().setName("sparse").setDataType(1);
    graph.addValueInfoBuilder().setName("y").getTypeBuilder().getSequenceTypeBuilder();
    graph
        .addQuantizationAnnotationBuilder()
        .setTensorName("w")
        .addQuantParameterTensorNamesBuilder()
        .setKey("SCALE_TENSOR")
        .setValue("texts");
    graph.getNodeBuilder(0).setDocString("of a node");
    OnnxModel model = read(proto);
    Map<String, String> names =
        Map.of("texts", "t2", "w", "w2", "sparse", "s2", "y", "y2", "x", "x2");
    Graph renamed = model.graph().renamed(names);
    GraphProto back = ModelProto.parseFrom(OnnxWriter.toBytes(model.withGraph(renamed))).getGraph();
    assertThat(renamed.opaqueInitializers()).containsExactlyInAnyOrder("t2", "s2");
    assertThat(back.getInitializer(0).getName()).isEqualTo("t2");
    assertThat(back.getInitializer(1).getName()).isEqualTo("w2");
    assertThat(back.getInitializer(1).getDocString()).isEqualTo("of w");
    assertThat(back.getSparseInitializer(0).getValues().getName()).isEqualTo("s2");
    assertThat(back.getValueInfo(0).getName()).isEqualTo("y2");
    assertThat(back.getValueInfo(0).getType().hasSequenceType()).isTrue();
    assertThat(back.getQuantizationAnnotation(0).getTensorName()).isEqualTo("w2");
    assertThat(back.getQuantizationAnnotation(0).getQuantParameterTensorNames(0).getValue())
        .isEqualTo("t2");
    assertThat(back.getNode(0).getInputList()).containsExactly("x2");
    assertThat(back.getNode(0).getOutputList()).containsExactly("y2");
    assertThat(back.getNode(0).getDocString()).isEqualTo("of a node");
    assertThat(back.getInput(0).getName()).isEqualTo("x2");
  }
}
