package dev.swage.onnx;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.protobuf.ByteString;
import dev.swage.onnx.layer.Network;
import dev.swage.onnx.wire.AttributeProto;
import dev.swage.onnx.wire.GraphProto;
import dev.swage.onnx.wire.ModelProto;
import dev.swage.onnx.wire.NodeProto;
import dev.swage.onnx.wire.OperatorSetIdProto;
import dev.swage.onnx.wire.TensorProto;
import dev.swage.onnx.wire.ValueInfoProto;
import dev.swage.testkit.TestFloats;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.function.Consumer;
import java.util.random.RandomGenerator;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

class DamagedFilesTest {
  @TempDir Path temp;

  private static OnnxModel small() {
    OnnxModel model = Network.input("x", 2).dense(3).leakyRelu(0.1f).reshape(3, 1).build();
    return model.withMetadata("swage.seed", "7").withOpset("com.microsoft", 1);
  }

  @Test
  void everyTruncationIsNoticed() {
    byte[] bytes = OnnxWriter.toBytes(small());
    for (int length = 0; length < bytes.length; length++) {
      byte[] cut = Arrays.copyOf(bytes, length);
      assertThatThrownBy(() -> OnnxReader.parse(cut, "cut.onnx"))
          .as("%d of %d bytes", length, bytes.length)
          .isInstanceOf(OnnxException.class)
          .hasMessageStartingWith("cut.onnx: ")
          .hasMessageNotContaining("\n");
    }
  }

  @Test
  void aTruncatedMappedFileIsNoticed() throws IOException {
    byte[] bytes = OnnxWriter.toBytes(small());
    Path file = temp.resolve("cut.onnx");
    Files.write(file, Arrays.copyOf(bytes, bytes.length - 1));
    assertThatThrownBy(() -> OnnxReader.read(file))
        .isInstanceOf(OnnxException.class)
        .hasMessage(file + ": not an ONNX file, or truncated or damaged");
  }

  @Test
  void noFlippedBitCausesAnythingButAModelOrAnOnnxException() {
    byte[] bytes = OnnxWriter.toBytes(small());
    int models = 0;
    int refused = 0;
    for (int bit = 0; bit < bytes.length * 8; bit++) {
      byte[] flipped = bytes.clone();
      flipped[bit / 8] ^= (byte) (1 << (bit % 8));
      if (isModel(flipped)) {
        models++;
      } else {
        refused++;
      }
    }
    assertThat(models).isPositive();
    assertThat(refused).isPositive();
  }

  @Test
  void noiseCausesNothingButOnnxExceptions() {
    byte[] bytes = OnnxWriter.toBytes(small());
    RandomGenerator random = TestFloats.random(11);
    for (int round = 0; round < 1_000; round++) {
      byte[] noisy = bytes.clone();
      int from = random.nextInt(noisy.length);
      int to = Math.min(noisy.length, from + 1 + random.nextInt(8));
      for (int i = from; i < to; i++) {
        noisy[i] = (byte) random.nextInt();
      }
      isModel(noisy);
      byte[] noise = new byte[1 + random.nextInt(40)];
      random.nextBytes(noise);
      isModel(noise);
    }
    assertThat(isModel(bytes)).isTrue();
  }

  /** Whatever reads as a model must be writable, too. */
  private static boolean isModel(byte[] bytes) {
    OnnxModel model;
    try {
      model = OnnxReader.parse(bytes, "damaged.onnx");
    } catch (OnnxException e) {
      assertThat(e).hasMessageStartingWith("damaged.onnx: ");
      return false;
    }
    assertThat(OnnxWriter.toBytes(model)).isNotEmpty();
    return true;
  }

  @Test
  void deeplyNestedGraphsAreRefused() {
    GraphProto graph = GraphProto.getDefaultInstance();
    for (int depth = 0; depth < 60; depth++) {
      graph =
          GraphProto.newBuilder()
              .addNode(
                  NodeProto.newBuilder()
                      .setOpType("If")
                      .addAttribute(
                          AttributeProto.newBuilder()
                              .setName("then_branch")
                              .setType(AttributeProto.AttributeType.GRAPH)
                              .setG(graph)))
              .build();
    }
    byte[] bytes = ModelProto.newBuilder().setIrVersion(8).setGraph(graph).build().toByteArray();
    assertThatThrownBy(() -> OnnxReader.parse(bytes, "deep.onnx"))
        .isInstanceOf(OnnxException.class)
        .hasMessage("deep.onnx: not an ONNX file, or truncated or damaged");
  }

  static Stream<Arguments> lies() {
    return Stream.of(
        lie(
            g -> g.addInitializer(raw("w", 1, 7, 2, 3)),
            "bad.onnx: tensor 'w': FLOAT32[2, 3] needs 24 bytes, got 7; the file is damaged"),
        lie(
            g -> g.addInitializer(raw("w", 1, 0, -4)),
            "bad.onnx: tensor 'w': negative dimension in [-4]"),
        lie(
            g -> g.addInitializer(raw("w", 1, 0, 1L << 40, 1L << 40)),
            "bad.onnx: tensor 'w': more than 2^63-1 elements in [1099511627776, 1099511627776]"),
        lie(
            g -> g.addInitializer(raw("w", 1, 0, 1L << 60)),
            "bad.onnx: tensor 'w': FLOAT32[1152921504606846976] has more than 2^63-1 bits"),
        lie(
            g -> g.addInitializer(raw("w", 1, 4, 1).toBuilder().addFloatData(1)),
            "bad.onnx: tensor 'w': has both raw and typed data"),
        lie(
            g -> g.addInitializer(tensor("w", 2, 1).addInt32Data(256)),
            "bad.onnx: tensor 'w': value 256 does not fit into 8 bits"),
        lie(
            g -> g.addInitializer(tensor("w", 1, 1).addFloatData(1).addInt64Data(1)),
            "bad.onnx: tensor 'w': has data in a field that is not that of FLOAT32"),
        lie(
            g -> g.addInitializer(raw("w", 1, 4, 1)).addInitializer(raw("w", 1, 4, 1)),
            "bad.onnx: two initializers are named 'w'"),
        lie(g -> g.addInitializer(raw("", 1, 4, 1)), "bad.onnx: an initializer has no name"),
        lie(
            g -> g.addNode(node("a", "Relu", "nowhere", "z")),
            "bad.onnx: node 'a' (Relu): input 'nowhere' is not defined"),
        lie(
            g ->
                g.addNode(node("a", "Relu", "later", "z")).addNode(node("b", "Relu", "x", "later")),
            "bad.onnx: node 'a' (Relu): input 'later' is written by a later node"),
        lie(
            g -> g.addNode(node("a", "Relu", "x", "y")),
            "bad.onnx: node 'a' (Relu): output 'y' is already defined"),
        lie(g -> g.addNode(node("a", "", "x", "z")), "bad.onnx: node 'a' () has no operator"),
        lie(
            g -> g.addNode(node("a", "Foo", "x", "z").setDomain("my.ops")),
            "bad.onnx: node 'a' (my.ops::Foo): the model imports no operator set of domain"
                + " 'my.ops'"),
        lie(
            g -> g.addOutput(ValueInfoProto.newBuilder().setName("z")),
            "bad.onnx: nothing writes the graph output 'z'"),
        lie(
            g -> g.addInput(ValueInfoProto.newBuilder().setName("x")),
            "bad.onnx: two graph inputs are named 'x'"),
        lie(
            g ->
                g.addNode(
                    node("a", "Constant", "x", "z")
                        .addAttribute(
                            AttributeProto.newBuilder()
                                .setName("value")
                                .setType(AttributeProto.AttributeType.TENSOR))),
            "bad.onnx: node 'a' (Constant): attribute value should hold a tensor, got nothing"),
        lie(GraphProto.Builder::clearOutput, "bad.onnx: the graph has no outputs"));
  }

  private static Arguments lie(Consumer<GraphProto.Builder> damage, String message) {
    return Arguments.of(damage, message);
  }

  private static TensorProto.Builder tensor(String name, int type, long... dims) {
    TensorProto.Builder tensor = TensorProto.newBuilder().setName(name).setDataType(type);
    Arrays.stream(dims).forEach(tensor::addDims);
    return tensor;
  }

  private static TensorProto raw(String name, int type, int bytes, long... dims) {
    return tensor(name, type, dims).setRawData(ByteString.copyFrom(new byte[bytes])).build();
  }

  private static NodeProto.Builder node(String name, String op, String input, String output) {
    return NodeProto.newBuilder().setName(name).setOpType(op).addInput(input).addOutput(output);
  }

  private static byte[] model(Consumer<GraphProto.Builder> damage) {
    GraphProto.Builder graph =
        GraphProto.newBuilder()
            .addInput(ValueInfoProto.newBuilder().setName("x"))
            .addNode(node("n", "Relu", "x", "y"))
            .addOutput(ValueInfoProto.newBuilder().setName("y"));
    damage.accept(graph);
    return ModelProto.newBuilder()
        .setIrVersion(8)
        .addOpsetImport(OperatorSetIdProto.newBuilder().setVersion(17))
        .setGraph(graph)
        .build()
        .toByteArray();
  }

  @ParameterizedTest(name = "{1}")
  @MethodSource("lies")
  void liesAreNamed(Consumer<GraphProto.Builder> damage, String message) {
    assertThatThrownBy(() -> OnnxReader.parse(model(damage), "bad.onnx"))
        .isInstanceOf(OnnxException.class)
        .hasMessage(message);
  }

  @Test
  void packedTensorsRoundUpToWholeBytes() {
    byte[] bytes = model(g -> g.addInitializer(raw("w", 22, 2, 3)));
    assertThat(OnnxReader.parse(bytes, "ok.onnx").graph().initializers().get("w").byteSize())
        .isEqualTo(2);
  }

  @Test
  void pathsThatAreNoModelAreNamed() throws IOException {
    Path missing = temp.resolve("missing.onnx");
    assertThatThrownBy(() -> OnnxReader.read(missing)).hasMessage(missing + ": no such file");
    assertThatThrownBy(() -> OnnxReader.read(temp)).hasMessage(temp + ": not a file");
    Path empty = Files.createFile(temp.resolve("empty.onnx"));
    assertThatThrownBy(() -> OnnxReader.read(empty)).hasMessage(empty + ": the file is empty");
    Path text = Files.writeString(temp.resolve("text.onnx"), "hello, this is no model\n");
    assertThatThrownBy(() -> OnnxReader.read(text))
        .hasMessage(text + ": not an ONNX file, or truncated or damaged");
  }
}
