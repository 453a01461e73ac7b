package dev.swage.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.swage.onnx.ExternalData;
import dev.swage.onnx.Graph;
import dev.swage.onnx.Node;
import dev.swage.onnx.OnnxModel;
import dev.swage.onnx.OnnxWriter;
import dev.swage.onnx.ValueInfo;
import dev.swage.tensor.DType;
import dev.swage.tensor.Shape;
import dev.swage.tensor.Tensor;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;

/** Damaged and hostile models: one line, exit code 1, and what was there is still there. */
class BadModelsTest {
  private static final byte[] EARLIER = {1, 2, 3};

  @TempDir private Path home;
  private Path folder;
  private Path model;
  private Path data;
  private Path output;

  @BeforeEach
  void writeGoodModel() throws IOException {
    folder = Files.createDirectory(home.resolve("models"));
    model = folder.resolve("model.onnx");
    output = folder.resolve("small.onnx");
    Files.write(output, EARLIER);
    write(new float[64 * 64]);
  }

  private void write(float[] weight) throws IOException {
    Graph graph =
        Graph.builder("product")
            .input(ValueInfo.batched("x", DType.FLOAT32, 64))
            .output(ValueInfo.batched("y", DType.FLOAT32, 64))
            .initializer("w", Tensor.ofFloats(Shape.of(64, 64), weight))
            .node(Node.of("product", "MatMul", List.of("x", "w"), "y"))
            .build();
    OnnxWriter.write(OnnxModel.of(graph), model, ExternalData.above(1024));
    data =
        files().stream()
            .filter(file -> file.toString().endsWith(".data"))
            .findFirst()
            .orElseThrow();
  }

  private String dataName() {
    return data.getFileName().toString();
  }

  /** Replaces a text in the model's file by one as long. */
  private void forge(String from, String to) throws IOException {
    String text = Files.readString(model, StandardCharsets.ISO_8859_1);
    assertThat(text).contains(from);
    assertThat(to).hasSameSizeAs(from);
    Files.writeString(model, text.replace(from, to), StandardCharsets.ISO_8859_1);
  }

  private void requireComplaint(String complaint) throws IOException {
    StringWriter out = new StringWriter();
    StringWriter err = new StringWriter();
    CommandLine command =
        Main.commandLine().setOut(new PrintWriter(out)).setErr(new PrintWriter(err));
    List<Path> before = files();
    int exit = command.execute("quantize", model.toString(), "-o", output.toString());
    assertThat(err.toString().strip()).hasLineCount(1).contains(complaint);
    assertThat(exit).isEqualTo(1);
    assertThat(output).hasBinaryContent(EARLIER);
    assertThat(files()).containsExactlyElementsOf(before);
  }

  private List<Path> files() throws IOException {
    try (Stream<Path> all = Files.list(folder)) {
      return all.sorted().toList();
    }
  }

  @Test
  void truncatedFiles() throws IOException {
    byte[] whole = Files.readAllBytes(model);
    Files.write(model, Arrays.copyOf(whole, whole.length - 20));
    requireComplaint(model + ": not an ONNX file, or truncated or damaged");
  }

  @Test
  void truncatedData() throws IOException {
    Files.write(data, new byte[5000]);
    requireComplaint("external data of 16384 bytes at offset 0 does not fit into " + dataName());
  }

  @Test
  void lengthsThatLie() throws IOException {
    forge("16384", "16380");
    requireComplaint("tensor 'w': needs 16384 bytes, external data declares 16380");
  }

  @Test
  void missingData() throws IOException {
    Files.delete(data);
    requireComplaint("does not exist; copy it beside the model");
  }

  @Test
  void dataOutsideTheFolder() throws IOException {
    String climbing = "../" + dataName().substring(3);
    Files.move(data, folder.resolve(climbing));
    forge(dataName(), climbing);
    requireComplaint("'" + climbing + "' must be a path inside the model's folder");
  }

  @Test
  void dataThroughLinks() throws IOException {
    Path outside = Files.move(data, home.resolve("outside.bin"));
    Files.createSymbolicLink(data, outside);
    requireComplaint("'" + dataName() + "' leads out of the model's folder to");
  }

  @Test
  void bytesThatDoNotMatchTheShape() throws IOException {
    // The dimensions 64 and 64 as protobuf has them, of the weight, become 64 and 63.
    forge("\b@\b@", "\b@\b?");
    requireComplaint("tensor 'w': needs 16128 bytes, external data declares 16384");
  }

  @Test
  void weightsThatAreNotFinite() throws IOException {
    float[] weight = new float[64 * 64];
    weight[1234] = Float.NaN;
    write(weight);
    requireComplaint(
        "weight 'w' FLOAT32[64, 64]: element 1234 is NaN; train again or exclude the weight");
  }
}
