package dev.swage.onnx;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.swage.files.AtomicFile;
import dev.swage.onnx.layer.Network;
import dev.swage.tensor.DType;
import dev.swage.tensor.Shape;
import dev.swage.tensor.Tensor;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CancellationException;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

class OnnxWriterTest {
  @TempDir Path temp;

  private static OnnxModel model() {
    return Network.input("x", 2).dense(3).build();
  }

  @Test
  void nothingButTheTargetIsLeftBehind() throws IOException {
    Path path = temp.resolve("net.onnx");
    OnnxWriter.write(model(), path);
    OnnxWriter.write(model(), path);
    try (Stream<Path> files = Files.list(temp)) {
      assertThat(files).containsExactly(path);
    }
    assertThat(Files.readAllBytes(path)).isEqualTo(OnnxWriter.toBytes(model()));
  }

  @Test
  void aFileIsAsReadableAsAnyOther() throws IOException {
    Path path = temp.resolve("net.onnx");
    OnnxWriter.write(model(), path);
    Path plain = Files.createFile(temp.resolve("plain"));
    assertThat(Files.getPosixFilePermissions(path)).isEqualTo(Files.getPosixFilePermissions(plain));
  }

  @Test
  void aFailureWhileWritingLeavesTheTargetAsItWas() throws IOException {
    Path path = Files.writeString(temp.resolve("net.onnx"), "before");
    assertThatThrownBy(() ->
            AtomicFile.prepare(
                path,
                out -> {
                  out.write(1);
                  throw new IOException("disk full");
                }))
        .hasMessage("disk full");
    assertThat(path).hasContent("before");
    try (Stream<Path> files = Files.list(temp)) {
      assertThat(files).containsExactly(path);
    }
  }

  /** Weights that get their values when they are asked for, one after the other. */
  @ParameterizedTest
  @ValueSource(longs = {1024, Long.MAX_VALUE})
  void weightsMayArriveWhileTheModelIsWritten(long external) {
    MemorySegment first = MemorySegment.ofArray(new byte[20_000]);
    MemorySegment second = MemorySegment.ofArray(new byte[70_000]);
    OnnxModel model = arriving(first, second);
    List<String> asked = new ArrayList<>();
    Path path = temp.resolve("net.onnx");
    OnnxWriter.write(
        model,
        path,
        ExternalData.above(external),
        name -> {
          asked.add(name);
          (name.equals("a") ? first : second).fill((byte) asked.size());
        });
    assertThat(asked).containsExactly("a", "b");
    assertThat(OnnxReader.read(path).graph().initializers())
        .hasEntrySatisfying("a", tensor -> assertThat(tensor.data().mismatch(first)).isEqualTo(-1))
        .hasEntrySatisfying(
            "b", tensor -> assertThat(tensor.data().mismatch(second)).isEqualTo(-1));
    assertThat(second.get(ValueLayout.JAVA_BYTE, 69_999)).isEqualTo((byte) 2);
  }

  @ParameterizedTest
  @ValueSource(longs = {1024, Long.MAX_VALUE})
  void aWeightThatNeverArrivesLeavesTheTargetAsItWas(long external) throws IOException {
    OnnxModel model =
        arriving(MemorySegment.ofArray(new byte[2000]), MemorySegment.ofArray(new byte[2000]));
    Path path = Files.writeString(temp.resolve("net.onnx"), "before");
    assertThatThrownBy(() ->
            OnnxWriter.write(
                model,
                path,
                ExternalData.above(external),
                name -> {
                  if (name.equals("b")) {
                    throw new CancellationException(name);
                  }
                }))
        .isInstanceOf(CancellationException.class)
        .hasMessage("b");
    assertThat(path).hasContent("before");
    try (Stream<Path> files = Files.list(temp)) {
      assertThat(files).containsExactly(path);
    }
  }

  private static OnnxModel arriving(MemorySegment first, MemorySegment second) {
    return OnnxModel.of(
        Graph.builder("arriving")
            .initializer("a", Tensor.of(DType.INT8, Shape.of(first.byteSize()), first))
            .initializer("b", Tensor.of(DType.INT8, Shape.of(second.byteSize()), second))
            .node(Node.of("both", "Concat", List.of("a", "b"), "y").with("axis", Attribute.of(0)))
            .output(ValueInfo.of("y", DType.INT8, Shape.of(first.byteSize() + second.byteSize())))
            .build());
  }

  @Test
  void aLinkIsWrittenThrough() throws IOException {
    Path real = Files.writeString(temp.resolve("real.onnx"), "before");
    Path link = Files.createSymbolicLink(temp.resolve("link.onnx"), real);
    OnnxWriter.write(model(), link);
    assertThat(link).isSymbolicLink();
    assertThat(OnnxReader.read(real).graph().nodes()).hasSize(2);
  }

  @Test
  void pathsThatCannotBeWrittenAreNamed() throws IOException {
    Path nowhere = temp.resolve("none/net.onnx");
    assertThatThrownBy(() -> OnnxWriter.write(model(), nowhere))
        .isInstanceOf(OnnxException.class)
        .hasMessage("cannot write %s: there is no folder %s", nowhere, temp.resolve("none"));
    assertThatThrownBy(() -> OnnxWriter.write(model(), temp))
        .hasMessage("cannot write %s: it is a folder", temp);
    Path file = Files.createFile(temp.resolve("file"));
    assertThatThrownBy(() -> OnnxWriter.write(model(), file.resolve("net.onnx")))
        .hasMessage("cannot write %s: there is no folder %s", file.resolve("net.onnx"), file);
  }

  @Test
  void bytesDoNotDependOnTheOrderOfAttributes() {
    Map<String, Attribute> forth = new LinkedHashMap<>();
    forth.put("a", Attribute.of(1));
    forth.put("b", Attribute.of("two"));
    Map<String, Attribute> back = new LinkedHashMap<>(forth).reversed();
    assertThat(OnnxWriter.toBytes(with(back))).isEqualTo(OnnxWriter.toBytes(with(forth)));
  }

  private static OnnxModel with(Map<String, Attribute> attributes) {
    Node node = new Node("n", "Op", "", List.of("x"), List.of("y"), attributes);
    return OnnxModel.of(
        Graph.builder("g")
            .node(node)
            .input(ValueInfo.batched("x", DType.FLOAT32, 2))
            .output(ValueInfo.batched("y", DType.FLOAT32, 2))
            .build());
  }

  @Test
  void everyAttributeKindIsReadBack() {
    Map<String, Attribute> attributes = new LinkedHashMap<>();
    attributes.put("int", Attribute.of(Long.MIN_VALUE));
    attributes.put("zero", Attribute.of(0));
    attributes.put("float", Attribute.of(-0f));
    attributes.put("string", Attribute.of("naïve"));
    attributes.put("ints", Attribute.ints(1, -2, 3));
    attributes.put("none", Attribute.ints());
    attributes.put("floats", Attribute.floats(List.of(1f, Float.NaN)));
    attributes.put("strings", new Attribute.StringsValue(List.of("", "b")));
    OnnxModel read = OnnxReader.parse(OnnxWriter.toBytes(with(attributes)), "memory");
    assertThat(read.graph().nodes().getFirst().attributes()).isEqualTo(attributes);
  }

  @ParameterizedTest
  @EnumSource(DType.class)
  void everyElementTypeIsReadBack(DType dtype) {
    Shape shape = Shape.of(3, 5);
    byte[] bytes = new byte[(int) dtype.bytes(15)];
    for (int i = 0; i < bytes.length; i++) {
      bytes[i] = (byte) (i * 37);
    }
    Tensor tensor = Tensor.of(dtype, shape, MemorySegment.ofArray(bytes));
    Path path = temp.resolve("t.pb");
    OnnxWriter.writeTensor("t", tensor, path);
    Tensor read = OnnxReader.readTensor(path);
    assertThat(read.dtype()).isEqualTo(dtype);
    assertThat(read.shape()).isEqualTo(shape);
    assertThat(read.data().mismatch(tensor.data())).isEqualTo(-1);
  }
}
