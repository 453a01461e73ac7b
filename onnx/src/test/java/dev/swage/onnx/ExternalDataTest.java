package dev.swage.onnx;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.swage.onnx.layer.Network;
import dev.swage.onnx.wire.GraphProto;
import dev.swage.onnx.wire.ModelProto;
import dev.swage.onnx.wire.OperatorSetIdProto;
import dev.swage.onnx.wire.StringStringEntryProto;
import dev.swage.onnx.wire.TensorProto;
import dev.swage.onnx.wire.ValueInfoProto;
import dev.swage.tensor.Tensor;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

class ExternalDataTest {
  @TempDir Path temp;
  private Path folder;

  @BeforeEach
  void makeFolder() throws IOException {
    folder = Files.createDirectory(temp.resolve("model"));
    Files.write(folder.resolve("w.bin"), new byte[100]);
    Files.write(temp.resolve("secret.bin"), new byte[100]);
  }

  private static OnnxModel wide(long seed) {
    return Network.input("x", 64).dense(300).relu().dense(1).seed(seed).build();
  }

  private static void assertSameWeights(OnnxModel got, OnnxModel expected) {
    Map<String, Tensor> weights = expected.graph().initializers();
    assertThat(got.graph().initializers().keySet()).isEqualTo(weights.keySet());
    weights.forEach((name, tensor) ->
        assertThat(got.graph().initializers().get(name).data().mismatch(tensor.data()))
            .as(name)
            .isEqualTo(-1));
  }

  /** Names in the folder, with the digits of data files as {@code #}. */
  private List<String> files() throws IOException {
    try (Stream<Path> files = Files.list(folder)) {
      return files
          .map(f -> f.getFileName().toString().replaceFirst("[.][0-9a-f]{12}[.]data$", ".#.data"))
          .sorted()
          .toList();
    }
  }

  private static Path dataOf(Path model) throws IOException {
    return model.resolveSibling(OnnxReader.locations(model).iterator().next());
  }

  @Test
  void weightsAboveTheThresholdLieAlignedBesideTheModel() throws IOException {
    Path path = folder.resolve("net.onnx");
    OnnxModel model = wide(1);
    OnnxWriter.write(model, path, ExternalData.above(1200));

    assertThat(files()).containsExactly("net.onnx", "net.onnx.#.data", "w.bin");
    // dense1.weight 64·300·4 = 76800 at 0, dense1.bias 1200 at 77824, dense2.weight 1200 at 81920.
    assertThat(Files.size(dataOf(path))).isEqualTo(81920 + 1200);
    ModelProto wire = ModelProto.parseFrom(Files.readAllBytes(path));
    Map<String, String> offsets = new TreeMap<>();
    for (TensorProto tensor : wire.getGraph().getInitializerList()) {
      for (StringStringEntryProto entry : tensor.getExternalDataList()) {
        if (entry.getKey().equals("offset")) {
          offsets.put(tensor.getName(), entry.getValue());
        }
      }
    }
    assertThat(offsets)
        .isEqualTo(Map.of("dense1.weight", "0", "dense1.bias", "77824", "dense2.weight", "81920"));
    assertSameWeights(OnnxReader.read(path), model);
  }

  @Test
  void theSameModelGivesTheSameBytesInBothFiles() throws IOException {
    Path first = folder.resolve("net.onnx");
    Path second = Files.createDirectory(temp.resolve("again")).resolve("net.onnx");
    OnnxWriter.write(wide(1), first, ExternalData.above(2000));
    OnnxWriter.write(OnnxReader.read(first), second, ExternalData.above(2000));
    assertThat(second).hasSameBinaryContentAs(first);
    assertThat(dataOf(second)).hasSameBinaryContentAs(dataOf(first));
    assertThat(dataOf(second).getFileName()).isEqualTo(dataOf(first).getFileName());
  }

  @Test
  void modelsOverTheLimitSpillTheirWeights() throws IOException {
    Path path = folder.resolve("net.onnx");
    long inline = OnnxWriter.toBytes(wide(1)).length;
    OnnxWriter.write(wide(1), path, new ExternalData.WhenLarger(inline));
    assertThat(files()).containsExactly("net.onnx", "w.bin");
    OnnxWriter.write(wide(1), path, new ExternalData.WhenLarger(inline / 2));
    assertThat(files()).containsExactly("net.onnx", "net.onnx.#.data", "w.bin");
    assertThat(Files.size(path)).isLessThan(inline / 2);
    assertSameWeights(OnnxReader.read(path), wide(1));
  }

  @Test
  void aModelCanBeWrittenOverItselfWhileItsWeightsAreMapped() {
    Path path = folder.resolve("net.onnx");
    OnnxWriter.write(wide(1), path, ExternalData.above(1024));
    OnnxModel mapped = OnnxReader.read(path);
    OnnxWriter.write(mapped.withMetadata("k", "v"), path, ExternalData.above(1024));
    assertSameWeights(mapped, wide(1));
    assertSameWeights(OnnxReader.read(path), wide(1));
  }

  @Test
  void tensorsThatRuntimesInferShapesFromStayInTheModel() {
    assertThatThrownBy(() -> ExternalData.above(1023))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("minimumBytes must be at least 1024, got 1023");
  }

  static Stream<Arguments> attacks() {
    String in = "external data ";
    return Stream.of(
        attack("/etc/hostname", "0", "40", in + "location '/etc/hostname' must be a path inside"),
        attack("../secret.bin", "0", "40", in + "location '../secret.bin' must be a path inside"),
        attack("a/../../secret.bin", "0", "40", in + "location 'a/../../secret.bin' must be"),
        attack("link.bin", "0", "40", in + "location 'link.bin' leads out of the model's folder"),
        attack("linked/secret.bin", "0", "40", in + "location 'linked/secret.bin' leads out of"),
        attack("", "0", "40", in + "without a location"),
        attack(".", "0", "40", "external data "),
        attack("a\0b", "0", "40", in + "location 'a\0b' is no path"),
        attack("none.bin", "0", "40", in + "file %s/none.bin does not exist; copy it beside"),
        attack("w.bin", "61", "40", in + "of 40 bytes at offset 61 does not fit into w.bin of 100"),
        attack("w.bin", "101", "40", in + "of 40 bytes at offset 101 does not fit into w.bin"),
        attack("w.bin", "9223372036854775807", "40", in + "of 40 bytes at offset 9223372036854"),
        attack("w.bin", "-1", "40", in + ": offset must be a number of bytes, got '-1'"),
        attack("w.bin", "x", "40", in + ": offset must be a number of bytes, got 'x'"),
        attack("w.bin", "0", "36", "needs 40 bytes, external data declares 36"),
        attack("w.bin", "0", "-40", in + ": length must be a number of bytes, got '-40'"));
  }

  private static Arguments attack(String location, String offset, String length, String message) {
    return Arguments.of(location, offset, length, message.replace("data :", "data:"));
  }

  private Path external(String location, String offset, String length) throws IOException {
    TensorProto weight =
        TensorProto.newBuilder()
            .setName("w")
            .setDataType(1)
            .addDims(10)
            .setDataLocation(TensorProto.DataLocation.EXTERNAL)
            .addExternalData(entry("location", location))
            .addExternalData(entry("offset", offset))
            .addExternalData(entry("length", length))
            .build();
    ModelProto model =
        ModelProto.newBuilder()
            .setIrVersion(8)
            .addOpsetImport(OperatorSetIdProto.newBuilder().setVersion(17))
            .setGraph(
                GraphProto.newBuilder()
                    .addInitializer(weight)
                    .addOutput(ValueInfoProto.newBuilder().setName("w")))
            .build();
    return Files.write(folder.resolve("evil.onnx"), model.toByteArray());
  }

  private static StringStringEntryProto entry(String key, String value) {
    return StringStringEntryProto.newBuilder().setKey(key).setValue(value).build();
  }

  @ParameterizedTest(name = "{0} {1} {2}")
  @MethodSource("attacks")
  void attacksAreRefused(String location, String offset, String length, String message)
      throws IOException {
    Files.createSymbolicLink(folder.resolve("link.bin"), temp.resolve("secret.bin"));
    Files.createSymbolicLink(folder.resolve("linked"), temp);
    Path model = external(location, offset, length);
    assertThatThrownBy(() -> OnnxReader.read(model))
        .isInstanceOf(OnnxException.class)
        .hasMessageStartingWith(model + ": tensor 'w': " + message.formatted(folder));
  }

  @Test
  void linksInsideTheFolderAreFollowed() throws IOException {
    Files.createSymbolicLink(folder.resolve("link.bin"), folder.resolve("w.bin"));
    OnnxModel model = OnnxReader.read(external("link.bin", "60", "40"));
    assertThat(model.graph().initializers().get("w").byteSize()).isEqualTo(40);
  }

  @Test
  void aModelInMemoryHasNoExternalData() throws IOException {
    byte[] bytes = Files.readAllBytes(external("w.bin", "0", "40"));
    assertThatThrownBy(() -> OnnxReader.parse(bytes, "memory"))
        .hasMessage(
            "memory: tensor 'w': has external data, which a model in memory cannot refer to;"
                + " read it as a file");
  }
}
