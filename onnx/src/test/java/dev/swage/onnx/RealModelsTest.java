package dev.swage.onnx;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import dev.swage.onnx.wire.AttributeProto;
import dev.swage.onnx.wire.GraphProto;
import dev.swage.onnx.wire.ModelProto;
import dev.swage.onnx.wire.NodeProto;
import dev.swage.onnx.wire.OperatorSetIdProto;
import dev.swage.onnx.wire.TensorProto;
import dev.swage.tensor.Tensor;
import dev.swage.testkit.SharedData;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.ValueLayout;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import java.util.zip.ZipEntry;
import java.util.zip.ZipFile;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Files made by others: what is read and written again is the same message. */
class RealModelsTest {
  @TempDir Path temp;

  @Test
  void realModelsSurviveARoundTrip() throws IOException {
    List<Path> models;
    try (Stream<Path> files = Files.walk(SharedData.require("models"))) {
      models = files.filter(f -> f.toString().endsWith(".onnx")).sorted().toList();
    }
    assertThat(models).hasSizeGreaterThan(5);
    for (Path model : models) {
      assertRoundTrip(Files.readAllBytes(model), model.toString());
      Path copy = temp.resolve("copy.onnx");
      OnnxModel mapped = OnnxReader.read(model);
      OnnxWriter.write(mapped, copy);
      assertThat(Files.readAllBytes(copy)).isEqualTo(OnnxWriter.toBytes(mapped));
    }
  }

  @Test
  void conformanceModelsSurviveARoundTrip() throws IOException {
    Path archive = SharedData.require("conformance/onnx-backend.zip");
    int count = 0;
    try (ZipFile zip = new ZipFile(archive.toFile())) {
      for (ZipEntry entry : zip.stream().filter(e -> e.getName().endsWith(".onnx")).toList()) {
        // The classic networks are hundreds of megabytes of constants; the small ones suffice.
        if (entry.getSize() < 5_000_000) {
          assertRoundTrip(zip.getInputStream(entry).readAllBytes(), entry.getName());
          count++;
        }
      }
    }
    assertThat(count).isGreaterThan(1000);
  }

  @Test
  void testTensorsSurviveARoundTrip() throws IOException {
    Path archive = SharedData.require("conformance/onnx-backend.zip");
    int count = 0;
    List<String> skipped = new ArrayList<>();
    try (ZipFile zip = new ZipFile(archive.toFile())) {
      List<? extends ZipEntry> all =
          zip.stream()
              .filter(e -> e.getName().endsWith(".pb") && e.getSize() > 0)
              .filter(e -> e.getSize() < 1_000_000)
              .toList();
      for (int i = 0; i < all.size(); i += 40) { // a file each: a sample is enough
        ZipEntry entry = all.get(i);
        Path copy = temp.resolve("tensor.pb");
        Files.write(copy, zip.getInputStream(entry).readAllBytes());
        Tensor tensor;
        try {
          tensor = OnnxReader.readTensor(copy);
        } catch (OnnxException e) {
          skipped.add(entry.getName() + " " + e.getMessage());
          continue;
        }
        Path again = temp.resolve("again.pb");
        OnnxWriter.writeTensor("x", tensor, again);
        Tensor reread = OnnxReader.readTensor(again);
        assertThat(reread.dtype()).isEqualTo(tensor.dtype());
        assertThat(reread.shape()).isEqualTo(tensor.shape());
        assertThat(reread.data().mismatch(tensor.data())).as(entry.getName()).isEqualTo(-1);
        count++;
      }
    }
    assertThat(count).isGreaterThan(100);
    // Strings, complex numbers, sequences and optionals are no tensors of ours.
    assertThat(skipped).hasSizeLessThan(count / 10);
  }

  private static void assertRoundTrip(byte[] original, String name) {
    try {
      byte[] copy = OnnxWriter.toBytes(OnnxReader.parse(original, name));
      ModelProto before = ModelProto.parseFrom(original);
      ModelProto after = ModelProto.parseFrom(copy);
      assertThat(normal(after)).as(name).isEqualTo(normal(before));
      assertThat(OnnxWriter.toBytes(OnnxReader.parse(copy, name))).as(name).isEqualTo(copy);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static ModelProto normal(ModelProto model) {
    ModelProto.Builder b = model.toBuilder();
    List<OperatorSetIdProto> opsets =
        model.getOpsetImportList().stream()
            .map(o -> {
              String domain = o.getDomain().equals("ai.onnx") ? "" : o.getDomain();
              return o.toBuilder().setDomain(domain).build();
            })
            .sorted(Comparator.comparing(OperatorSetIdProto::getDomain))
            .toList();
    b.clearOpsetImport().addAllOpsetImport(opsets);
    if (b.getProducerName().isEmpty()) {
      b.clearProducerName();
    }
    if (b.getProducerVersion().isEmpty()) {
      b.clearProducerVersion();
    }
    return b.setGraph(normal(model.getGraph())).build();
  }

  private static GraphProto normal(GraphProto graph) {
    GraphProto.Builder b = graph.toBuilder().setName(graph.getName());
    b.clearNode().clearInitializer();
    graph.getNodeList().forEach(node -> b.addNode(normal(node)));
    graph.getInitializerList().stream()
        .map(RealModelsTest::normal)
        .sorted(Comparator.comparing(TensorProto::getName))
        .forEach(b::addInitializer);
    return b.build();
  }

  private static NodeProto normal(NodeProto node) {
    NodeProto.Builder b = node.toBuilder().clearAttribute();
    if (node.getName().isEmpty()) {
      b.clearName();
    }
    if (node.getDomain().isEmpty() || node.getDomain().equals("ai.onnx")) {
      b.clearDomain();
    }
    node.getAttributeList().stream()
        .sorted(Comparator.comparing(AttributeProto::getName))
        .forEach(attribute -> {
          AttributeProto.Builder a = attribute.toBuilder();
          if (attribute.hasT()) {
            a.setT(normal(attribute.getT()));
          }
          if (attribute.hasG()) {
            a.setG(normal(attribute.getG()));
          }
          b.addAttribute(a);
        });
    return b.build();
  }

  private static TensorProto normal(TensorProto proto) {
    Optional<Tensor> tensor =
        new TensorDecoder("t", new ExternalFiles(Optional.empty())).decode(proto, "t");
    return tensor.isEmpty()
        ? proto
        : AttributeDecoder.rest(proto).toBuilder()
            .mergeFrom(GraphEncoder.bare(tensor.get()).build())
            .setRawData(ByteString.copyFrom(tensor.get().data().toArray(ValueLayout.JAVA_BYTE)))
            .build();
  }
}
