package dev.swage.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.swage.onnx.Attribute;
import dev.swage.onnx.Graph;
import dev.swage.onnx.Node;
import dev.swage.onnx.OnnxModel;
import dev.swage.onnx.OnnxReader;
import dev.swage.onnx.OnnxWriter;
import dev.swage.onnx.ValueInfo;
import dev.swage.onnx.ValueInfo.Dim;
import dev.swage.tensor.DType;
import dev.swage.tensor.Shape;
import dev.swage.tensor.Tensor;
import dev.swage.testkit.TestFloats;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import picocli.CommandLine;

/** Models with inputs and outputs beyond a batch of float32 samples, from the command line. */
class UnusualModelsTest {
  private static final List<String> STATIC = List.of("--objective", "size");
  private static final List<String> DYNAMIC = List.of("--mode", "dynamic", "--objective", "size");
  private static final List<String> WEIGHTS = List.of("--mode", "weight-only");

  @TempDir private Path folder;

  private record Result(int exitCode, String out, String err) {}

  private Result swage(String... arguments) {
    StringWriter out = new StringWriter();
    StringWriter err = new StringWriter();
    CommandLine line = Main.commandLine().setOut(new PrintWriter(out)).setErr(new PrintWriter(err));
    List<String> all = new ArrayList<>(List.of(arguments));
    if (!arguments[0].equals("inspect")) {
      all.addAll(List.of("--data-dir", folder.toString()));
    }
    int exit = line.execute(all.toArray(String[]::new));
    return new Result(exit, out.toString(), err.toString());
  }

  /** Quantizes with data and compares; what is said of it. */
  private String quantized(OnnxModel model, String data, List<String> how) {
    Path file = folder.resolve("model.onnx");
    Path small = folder.resolve("small.onnx");
    OnnxWriter.write(model, file);
    List<String> arguments =
        new ArrayList<>(
            List.of("quantize", file.toString(), "--calibrate", data, "-o", small.toString()));
    arguments.addAll(how);
    Result result = swage(arguments.toArray(String[]::new));
    assertThat(result.exitCode()).as(result.err() + result.out()).isZero();
    assertThat(OnnxReader.read(small).graph().outputs())
        .extracting(ValueInfo::name)
        .containsExactlyElementsOf(model.graph().outputs().stream().map(ValueInfo::name).toList());
    return result.out() + result.err();
  }

  private Result compared(String data) {
    return swage(
        "compare",
        folder.resolve("model.onnx").toString(),
        folder.resolve("small.onnx").toString(),
        "--data",
        data);
  }

  private static Tensor weight(long seed, long... dims) {
    Shape shape = Shape.of(dims);
    return Tensor.ofFloats(shape, TestFloats.gaussian((int) shape.elements(), 0.3f, seed));
  }

  private static ValueInfo value(String name, DType dtype, Object... dims) {
    List<Dim> all =
        Arrays.stream(dims)
            .map(dim ->
                dim instanceof Integer size
                    ? (Dim) new Dim.Fixed(size)
                    : new Dim.Symbolic("" + dim))
            .toList();
    return new ValueInfo(name, Optional.of(dtype), Optional.of(all));
  }

  private static ValueInfo untyped(String name) {
    return new ValueInfo(name, Optional.empty(), Optional.empty());
  }

  private static OnnxModel model(Graph.Builder graph) {
    return OnnxModel.of(graph.build())
        .withOpset("", 16)
        .withOpset("ai.onnx.ml", 3)
        .withIrVersion(8);
  }

  @Test
  void aClassifierWithMapsInEveryMode() {
    Node zip =
        new Node(
            "z",
            "ZipMap",
            "ai.onnx.ml",
            List.of("p"),
            List.of("probs"),
            Map.of("classlabels_strings", new Attribute.StringsValue(List.of("x", "z", "y"))));
    OnnxModel model =
        model(
            Graph.builder("g")
                .input(value("x", DType.FLOAT32, "n", 24))
                .initializer("A", weight(1, 24, 40))
                .initializer("B", weight(2, 40, 3))
                .node(Node.of("h", "MatMul", List.of("x", "A"), "h"))
                .node(Node.of("r", "Relu", List.of("h"), "r"))
                .node(Node.of("l", "MatMul", List.of("r", "B"), "l"))
                .node(Node.of("p", "Softmax", List.of("l"), "p"))
                .node(zip)
                .output(untyped("probs")));
    for (List<String> how : List.of(STATIC, DYNAMIC, WEIGHTS)) {
      assertThat(quantized(model, "random:1x24?n=6", how)).contains("output 'probs': SQNR ");
      Result compared = compared("random:1x24?n=6");
      assertThat(compared.exitCode()).as(compared.err()).isZero();
    }
  }

  @Test
  void anOptionalBetweenProductsIsNoLayer() {
    OnnxModel model =
        model(
            Graph.builder("g")
                .input(value("x", DType.FLOAT32, 3, 24))
                .initializer("A", weight(1, 24, 40))
                .initializer("B", weight(2, 40, 8))
                .node(Node.of("h", "MatMul", List.of("x", "A"), "h"))
                .node(Node.of("o", "Optional", List.of("h"), "o"))
                .node(Node.of("g", "OptionalGetElement", List.of("o"), "g"))
                .node(Node.of("y", "MatMul", List.of("g", "B"), "y"))
                .output(value("y", DType.FLOAT32, 3, 8))
                .output(untyped("o")));
    for (List<String> how : List.of(STATIC, DYNAMIC, WEIGHTS)) {
      assertThat(quantized(model, "random:1x24?n=6", how)).contains("output 'y': SQNR ");
      assertThat(compared("random:1x24?n=6").out()).contains("\nh ", "\ng ").doesNotContain("\no ");
    }
  }

  private static OnnxModel lookingUp(DType dtype, Object... dims) {
    return model(
        Graph.builder("g")
            .input(value("ids", dtype, dims))
            .initializer("E", weight(1, 50, 24))
            .initializer("A", weight(2, 24, 40))
            .node(Node.of("h", "Gather", List.of("E", "ids"), "h"))
            .node(Node.of("y", "MatMul", List.of("h", "A"), "y"))
            .output(untyped("y")));
  }

  @Test
  void integersOfNoise() {
    for (DType dtype : List.of(DType.INT64, DType.INT32)) {
      for (String bounds : List.of("&low=0&high=49", "&low=-50&high=-1", "&high=7")) {
        String said = quantized(lookingUp(dtype, "n", 7), "random:1x7?n=4" + bounds, STATIC);
        assertThat(said).doesNotContain("integers of");
      }
    }
    assertThat(quantized(lookingUp(DType.INT64, "n", 7), "random:1x7?n=4", STATIC))
        .contains(
            "integers of random:1x7?n=4 ('ids') are 0 and 1, which may exercise little of the"
                + " model; give bounds: random:1x7?n=4&high=N");
    Result beyond =
        swage(
            "calibrate", folder.resolve("model.onnx").toString(), "--data", "random:1x7?high=999");
    assertThat(beyond.exitCode()).isEqualTo(1);
    assertThat(beyond.err())
        .contains("range [-50,49]", "integers of random: data are from low to high");
  }

  /** One dimension name for two axes, of two sizes. */
  @Test
  void aNameOfTwoAxes() {
    quantized(lookingUp(DType.INT64, "n", "n"), "random:1x7?n=4&high=49", STATIC);
    assertThat(compared("random:1x7?n=4&high=49").exitCode()).isZero();
  }

  @ParameterizedTest
  @ValueSource(strings = {"7", "1, 7", "1, 1, 7"})
  void integersOfArrays(String sample) throws IOException {
    ByteBuffer ids = ByteBuffer.allocate(8 * 4 * 7).order(ByteOrder.LITTLE_ENDIAN);
    for (int i = 0; i < 4 * 7; i++) {
      ids.putLong(i);
    }
    archive("ids.npz", "ids", "<i8", "4, " + sample, ids.array());
    for (OnnxModel model :
        List.of(
            lookingUp(DType.INT64, "n", 7),
            lookingUp(DType.INT64, 1, 7),
            lookingUp(DType.INT64, 7),
            lookingUp(DType.INT64, 4, 7))) {
      quantized(model, "npz:ids.npz?x=ids&type=stored", STATIC);
      assertThat(compared("npz:ids.npz?x=ids&type=stored").exitCode()).isZero();
    }
    Result floats =
        swage("calibrate", folder.resolve("model.onnx").toString(), "--data", "npz:ids.npz?x=ids");
    assertThat(floats.err()).contains("stay integers with type=stored").hasLineCount(1);
  }

  private void archive(String file, String name, String type, String shape, byte[] data)
      throws IOException {
    String header =
        "{'descr': '%s', 'fortran_order': False, 'shape': (%s), }".formatted(type, shape);
    ByteArrayOutputStream array = new ByteArrayOutputStream();
    array.writeBytes(new byte[] {(byte) 0x93, 'N', 'U', 'M', 'P', 'Y', 1, 0});
    array.writeBytes(new byte[] {(byte) header.length(), 0});
    array.writeBytes(header.getBytes(StandardCharsets.US_ASCII));
    array.writeBytes(data);
    try (ZipOutputStream zip = new ZipOutputStream(Files.newOutputStream(folder.resolve(file)))) {
      zip.putNextEntry(new ZipEntry(name + ".npy"));
      zip.write(array.toByteArray());
    }
  }

  @Test
  void anEmptyCache() {
    OnnxModel model =
        model(
            Graph.builder("g")
                .input(value("x", DType.FLOAT32, 1, "t", 24))
                .input(value("past", DType.FLOAT32, 1, "p", 40))
                .initializer("A", weight(1, 24, 40))
                .initializer("B", weight(2, 40, 8))
                .node(Node.of("h", "MatMul", List.of("x", "A"), "h"))
                .node(
                    Node.of("c", "Concat", List.of("past", "h"), "present")
                        .with("axis", Attribute.of(1)))
                .node(Node.of("y", "MatMul", List.of("present", "B"), "y"))
                .output(untyped("y"))
                .output(untyped("present")));
    String data = "random:1x1x24,1x0x40?n=5";
    for (List<String> how : List.of(STATIC, DYNAMIC, WEIGHTS)) {
      assertThat(quantized(model, data, how)).contains("output 'y'", "output 'present'");
      assertThat(compared(data).exitCode()).isZero();
    }
    Result calibrated = swage("calibrate", folder.resolve("model.onnx").toString(), "--data", data);
    assertThat(calibrated.exitCode()).as(calibrated.err()).isZero();
  }

  @Test
  void aModelThatFailsOnBatches() {
    OnnxModel model =
        model(
            Graph.builder("g")
                .input(value("x", DType.FLOAT32, "batch", 24))
                .initializer("s", Tensor.ofLongs(Shape.of(2), 1, 24))
                .initializer("A", weight(1, 24, 40))
                .node(Node.of("r", "Reshape", List.of("x", "s"), "r"))
                .node(Node.of("y", "MatMul", List.of("r", "A"), "y"))
                .output(value("y", DType.FLOAT32, "batch", 40)));
    String said = "fails on batches: samples were run one at a time";
    for (List<String> how : List.of(STATIC, DYNAMIC, WEIGHTS)) {
      assertThat(quantized(model, "random:1x24?n=20", how)).contains(said);
    }
    assertThat(
            quantized(
                model, "random:1x24?n=20", List.of("--objective", "size", "--min-sqnr", "30")))
        .contains(said);
    assertThat(compared("random:1x24?n=20").out()).contains(said);
    Result calibrated =
        swage(
            "calibrate",
            folder.resolve("model.onnx").toString(),
            "--data",
            "random:1x24?n=20",
            "--batch",
            "8");
    assertThat(calibrated.out()).contains("samples at once: 1, not 8");
  }

  @Test
  void aModelWithoutABatchAxis() {
    OnnxModel model =
        model(
            Graph.builder("g")
                .input(value("x", DType.FLOAT32, 12, 24))
                .initializer("A", weight(1, 24, 40))
                .node(Node.of("y", "MatMul", List.of("x", "A"), "y"))
                .output(value("y", DType.FLOAT32, 12, 40)));
    for (List<String> how : List.of(STATIC, DYNAMIC, WEIGHTS)) {
      quantized(model, "random:12x24?n=5", how);
      assertThat(compared("random:12x24?n=5").exitCode()).isZero();
    }
  }

  /** An input that has a default takes it. */
  @Test
  void anInputThatNobodyGives() {
    OnnxModel model =
        model(
            Graph.builder("g")
                .input(value("x", DType.FLOAT32, "n", 24))
                .input(value("gain", DType.FLOAT32))
                .initializer("gain", Tensor.ofFloats(Shape.of(), 0.5f))
                .initializer("A", weight(1, 24, 40))
                .node(Node.of("g", "Mul", List.of("x", "gain"), "g"))
                .node(Node.of("y", "MatMul", List.of("g", "A"), "y"))
                .output(value("y", DType.FLOAT32, "n", 40)));
    for (List<String> how : List.of(STATIC, DYNAMIC, WEIGHTS)) {
      quantized(model, "random:1x24?n=5", how);
      assertThat(compared("random:1x24?n=5").exitCode()).isZero();
    }
    String file = folder.resolve("model.onnx").toString();
    assertThat(swage("calibrate", file, "--data", "random:1x24?n=5").exitCode()).isZero();
    assertThat(swage("evaluate", file, "--data", "random:1x24?n=5").exitCode()).isZero();
  }

  /** Where a node cannot be raised, codes that need no raising are the way out. */
  @ParameterizedTest
  @ValueSource(ints = {10, 11, 12})
  void anOperatorThatCannotBeRaised(int opset) {
    Node resize =
        Node.of("r", "Resize", List.of("p", "roi", "s"), "y")
            .with("mode", Attribute.of("linear"))
            .with("coordinate_transformation_mode", Attribute.of("tf_half_pixel_for_nn"));
    Node unknown = Node.of("r", "Foo", List.of("p"), "y");
    Graph.Builder graph =
        Graph.builder("g")
            .input(value("x", DType.FLOAT32, 1, 2, 4, 6))
            .initializer("A", weight(1, 6, 40))
            .node(Node.of("p", "MatMul", List.of("x", "A"), "p"))
            .node(opset == 10 ? unknown : resize)
            .initializer("roi", Tensor.ofFloats(Shape.of(0)))
            .initializer("s", Tensor.ofFloats(Shape.of(4), 1, 1, 2, 1))
            .output(untyped("y"));
    Path file = folder.resolve("model.onnx");
    Path small = folder.resolve("small.onnx");
    OnnxWriter.write(OnnxModel.of(graph.build()).withOpset("", opset).withIrVersion(5), file);
    List<String> command =
        new ArrayList<>(List.of("quantize", file.toString(), "-o", small.toString()));
    if (opset == 10) {
      // ONNX Runtime does not run it either.
      command.add("--no-verify");
    }
    Result channels = swage(command.toArray(String[]::new));
    assertThat(channels.exitCode()).isEqualTo(1);
    assertThat(channels.err())
        .contains("cannot be raised", "or use 8 bits with --per-tensor, whose codes need opset 10")
        .hasLineCount(1);
    command.add("--per-tensor");
    Result done = swage(command.toArray(String[]::new));
    assertThat(done.exitCode()).as(done.err()).isZero();
    assertThat(OnnxReader.read(small).opset()).isEqualTo(opset);
    assertThat(OnnxReader.read(small).graph().nodes())
        .extracting(Node::opType)
        .contains("DequantizeLinear");
  }

  @Test
  void librariesOfOperators() {
    Path file = folder.resolve("model.onnx");
    OnnxWriter.write(
        OnnxModel.of(
                Graph.builder("g")
                    .input(value("x", DType.FLOAT32, "n", 24))
                    .initializer("A", weight(1, 24, 40))
                    .node(
                        new Node("f", "Fancy", "com.example", List.of("x"), List.of("z"), Map.of()))
                    .node(Node.of("y", "MatMul", List.of("z", "A"), "y"))
                    .output(value("y", DType.FLOAT32, "n", 40))
                    .build())
            .withOpset("com.example", 1),
        file);
    String model = file.toString();
    String output = folder.resolve("small.onnx").toString();
    String missing = folder.resolve("missing.so").toString();
    String data = "random:1x24?n=2";
    for (List<String> command :
        List.of(
            List.of("quantize", model, "-o", output),
            List.of("quantize", model, "-o", output, "--calibrate", data),
            List.of("plan", model, "--calibrate", data),
            List.of("calibrate", model, "--data", data),
            List.of("evaluate", model, "--data", data),
            List.of("compare", model, model, "--data", data))) {
      Result without = swage(command.toArray(String[]::new));
      assertThat(without.exitCode()).as("%s", command).isEqualTo(1);
      assertThat(without.err()).contains("--custom-ops LIBRARY").hasLineCount(1);
      List<String> with = new ArrayList<>(command);
      with.addAll(List.of("--custom-ops", missing));
      Result none = swage(with.toArray(String[]::new));
      assertThat(none.exitCode()).isEqualTo(1);
      assertThat(none.err().strip())
          .isEqualTo("swage: " + missing + ": no such library of custom operators");
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"Add", "Mul"})
  void anOutputOfInfinitiesIsNotMeasurable(String operator) {
    float value = operator.equals("Add") ? Float.POSITIVE_INFINITY : Float.MAX_VALUE;
    Graph graph =
        Graph.builder("g")
            .input(
                new ValueInfo(
                    "x",
                    Optional.of(DType.FLOAT32),
                    Optional.of(List.of(new Dim.Symbolic("n"), new Dim.Fixed(4)))))
            .initializer("c", Tensor.ofFloats(Shape.of(1), value))
            .node(Node.of("make", operator, List.of("x", "c"), "y"))
            .output(new ValueInfo("y", Optional.of(DType.FLOAT32), Optional.empty()))
            .build();
    Path file = folder.resolve("model.onnx");
    OnnxWriter.write(OnnxModel.of(graph), file);
    Result result = swage("compare", file.toString(), file.toString(), "--data", "random:1x4?n=4");
    assertThat(result.out() + result.err())
        .contains("output 'y': not measurable: it holds NaN or infinities")
        .doesNotContain("NaN dB");
    Result bounded =
        swage(
            "compare",
            file.toString(),
            file.toString(),
            "--data",
            "random:1x4?n=4",
            "--min-sqnr",
            "10");
    assertThat(bounded.exitCode()).as(bounded.out() + bounded.err()).isNotZero();
  }
}
