package dev.swage.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.swage.onnx.Graph;
import dev.swage.onnx.Node;
import dev.swage.onnx.OnnxModel;
import dev.swage.onnx.OnnxWriter;
import dev.swage.onnx.ValueInfo;
import dev.swage.tensor.DType;
import dev.swage.tensor.Shape;
import dev.swage.tensor.Tensor;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;

/** Data a model cannot take: one line that says what it wants, exit code 1, nothing overwritten. */
class BadCalibrationDataTest {
  private static final String WANTED = "'x' FLOAT32[batch, 6]";
  private static final byte[] EARLIER = {1, 2, 3};

  @TempDir private Path folder;
  private Path model;

  @BeforeEach
  void writeModel() {
    model = folder.resolve("model.onnx");
    Graph graph =
        Graph.builder("product")
            .input(ValueInfo.batched("x", DType.FLOAT32, 6))
            .output(ValueInfo.batched("y", DType.FLOAT32, 6))
            .initializer("w", Tensor.ofFloats(Shape.of(6, 6), new float[36]))
            .node(Node.of("product", "MatMul", List.of("x", "w"), "y"))
            .build();
    OnnxWriter.write(OnnxModel.of(graph), model);
  }

  private void requireComplaint(String data, String complaint) throws IOException {
    Path output = Files.write(folder.resolve("output"), EARLIER);
    List<List<String>> commands =
        List.of(
            List.of("calibrate", model.toString(), "--data", data),
            List.of("quantize", model.toString(), "--mode", "static", "--calibrate", data));
    for (List<String> command : commands) {
      StringWriter err = new StringWriter();
      CommandLine line =
          Main.commandLine()
              .setOut(new PrintWriter(new StringWriter()))
              .setErr(new PrintWriter(err));
      List<String> arguments = new ArrayList<>(command);
      arguments.addAll(List.of("-o", output.toString(), "--data-dir", folder.toString()));
      int exit = line.execute(arguments.toArray(String[]::new));
      assertThat(err.toString().strip()).hasLineCount(1).endsWith(complaint);
      assertThat(exit).isEqualTo(1);
      assertThat(output).hasBinaryContent(EARLIER);
    }
  }

  /** An archive of one array of float32 or int32 zeros for each name. */
  private void archive(String type, String shape, int elements, String... names)
      throws IOException {
    String header =
        "{'descr': '%s', 'fortran_order': False, 'shape': (%s), }".formatted(type, shape);
    ByteArrayOutputStream array = new ByteArrayOutputStream();
    array.writeBytes(new byte[] {(byte) 0x93, 'N', 'U', 'M', 'P', 'Y', 1, 0});
    array.writeBytes(new byte[] {(byte) header.length(), 0});
    array.writeBytes(header.getBytes(StandardCharsets.US_ASCII));
    array.writeBytes(new byte[4 * elements]);
    try (ZipOutputStream zip =
        new ZipOutputStream(Files.newOutputStream(folder.resolve("a.npz")))) {
      for (String name : names) {
        zip.putNextEntry(new ZipEntry(name + ".npy"));
        zip.write(array.toByteArray());
      }
    }
  }

  @Test
  void wrongShape() throws IOException {
    archive("<f4", "2, 5", 10, "x");
    requireComplaint("npz:a.npz", "wants input 0 as " + WANTED + ", got FLOAT32[1, 5]");
    Files.writeString(folder.resolve("a.csv"), "a,b,label\n1,2,0\n3,4,1\n");
    requireComplaint("csv:a.csv", "wants input 0 as " + WANTED + ", got FLOAT32[1, 2]");
    requireComplaint("random:1x7", "wants input 0 as " + WANTED + ", got FLOAT32[1, 7]");
  }

  /** The same of a model that is prepared first. */
  @Test
  void wrongShapeOfAnOldModel() throws IOException {
    Graph graph =
        Graph.builder("product")
            .input(ValueInfo.batched("x", DType.FLOAT32, 6))
            .output(ValueInfo.batched("y", DType.FLOAT32, 6))
            .initializer("w", Tensor.ofFloats(Shape.of(6, 6), new float[36]))
            .node(Node.of("product", "MatMul", List.of("x", "w"), "p"))
            .node(Node.of("drop", "Dropout", List.of("p"), "y"))
            .build();
    OnnxWriter.write(OnnxModel.of(graph).withOpset("", 9).withIrVersion(4), model);
    requireComplaint("random:1x7", "wants input 0 as " + WANTED + ", got FLOAT32[1, 7]");
  }

  @Test
  void wrongType() throws IOException {
    archive("<i4", "2, 6", 12, "x");
    requireComplaint("npz:a.npz?type=stored", "wants input 0 as " + WANTED + ", got INT32[1, 6]");
  }

  @Test
  void wrongNames() throws IOException {
    archive("<f4", "2, 6", 12, "a", "b");
    String spec = "npz:a.npz?x=a,b";
    requireComplaint(spec, "wants 1 input (" + WANTED + "), " + spec + " has 2 (a, b)");
    requireComplaint("npz:a.npz", "a.npz holds no array 'x' for key 'x'; Known: a, b");
  }

  @Test
  void noSamples() throws IOException {
    archive("<f4", "0, 6", 0, "x");
    requireComplaint("npz:a.npz", "array 'x' is FLOAT32[0, 6], expected at least one sample");
    Files.writeString(folder.resolve("a.csv"), "");
    requireComplaint("csv:a.csv", "a.csv is empty, expected at least one row");
    Files.writeString(folder.resolve("a.csv"), "a,b,label\n");
    requireComplaint("csv:a.csv", "a.csv has no complete row, expected at least one");
  }
}
