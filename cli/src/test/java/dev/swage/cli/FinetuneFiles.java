package dev.swage.cli;

import dev.swage.onnx.Attribute;
import dev.swage.onnx.Graph;
import dev.swage.onnx.Node;
import dev.swage.onnx.OnnxModel;
import dev.swage.onnx.OnnxReader;
import dev.swage.onnx.OnnxWriter;
import dev.swage.onnx.ValueInfo;
import dev.swage.onnx.layer.Network;
import dev.swage.tensor.DType;
import dev.swage.tensor.Shape;
import dev.swage.tensor.Tensor;
import dev.swage.testkit.TestFloats;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.Optional;
import java.util.random.RandomGenerator;

/** A folder with models of another tool, so to say, and data for them. */
record FinetuneFiles(Path folder) {
  private static final String[] KINDS = {"low", "mid", "high"};

  static FinetuneFiles in(Path folder) throws IOException {
    FinetuneFiles files = new FinetuneFiles(folder);
    files.table("flowers.csv", 240, 1);
    files.table("others.csv", 60, 2);
    files.values("values.csv", 200);
    Files.createDirectory(folder.resolve("words"));
    Files.writeString(folder.resolve("words/up.txt"), "a b c d e f g h\n".repeat(30));
    Files.writeString(folder.resolve("words/down.txt"), "k l m n o p\n".repeat(30));
    files.model("net", Network.input("x", 4).dense(8).relu().dense(3).seed(2).build());
    files.model("wide", Network.input("x", 4).dense(8).relu().dense(5).softmax().seed(2).build());
    files.model("narrow", Network.input("x", 4).dense(2).seed(2).build());
    files.model("slope", Network.input("x", 2).dense(1).seed(2).build());
    files.model("tokens", Network.tokens("ids", 8).embedding(5, 4).flatten().dense(2).build());
    files.model("reader", Network.tokens("ids", 8).embedding(20, 4).flatten().dense(3).build());
    files.model("odd", through(Node.of("odd", "RegexFullMatch", List.of("hidden"), "y")));
    files.model("steps", through(Node.of("steps", "Round", List.of("hidden"), "stepped")));
    files.model("unknown", unknownWidth());
    return files;
  }

  Path model(String name) {
    return folder.resolve(name + ".onnx");
  }

  String data(String name) {
    return "csv:" + folder.resolve(name);
  }

  static float[] weight(Path model, String name) {
    return Objects.requireNonNull(OnnxReader.read(model).graph().initializers().get(name), name)
        .toFloats();
  }

  private void model(String name, OnnxModel model) {
    OnnxWriter.write(model, model(name));
  }

  /** Three clouds whose kinds are words. */
  private void table(String name, int rows, long seed) throws IOException {
    RandomGenerator random = TestFloats.random(seed);
    List<String> lines = new ArrayList<>(List.of("a,b,c,d,kind"));
    for (int row = 0; row < rows; row++) {
      int kind = row % KINDS.length;
      List<String> cells = new ArrayList<>();
      for (int column = 0; column < 4; column++) {
        double center = column % KINDS.length == kind ? 2 : -1;
        cells.add(String.format(Locale.ROOT, "%.4f", center + 0.5 * random.nextGaussian()));
      }
      lines.add(String.join(",", cells) + "," + KINDS[kind]);
    }
    Files.write(folder.resolve(name), lines);
  }

  /** A plane: 3u − 2v + 1, and a little noise. */
  private void values(String name, int rows) throws IOException {
    RandomGenerator random = TestFloats.random(3);
    List<String> lines = new ArrayList<>(List.of("u,v,y"));
    for (int row = 0; row < rows; row++) {
      double u = random.nextGaussian();
      double v = random.nextGaussian();
      double y = 3 * u - 2 * v + 1 + 0.01 * random.nextGaussian();
      lines.add(String.format(Locale.ROOT, "%.5f,%.5f,%.5f", u, v, y));
    }
    Files.write(folder.resolve(name), lines);
  }

  /** Two layers with a node between them. */
  private static OnnxModel through(Node middle) {
    return OnnxModel.of(
        Graph.builder("through")
            .input(ValueInfo.batched("x", DType.FLOAT32, 4))
            .output(ValueInfo.batched("logits", DType.FLOAT32, 3))
            .initializer("first", Tensor.ofFloats(Shape.of(4, 4), TestFloats.gaussian(16, 1, 4)))
            .initializer("second", Tensor.ofFloats(Shape.of(4, 3), TestFloats.gaussian(12, 1, 5)))
            .node(Node.of("one", "MatMul", List.of("x", "first"), "hidden"))
            .node(middle)
            .node(
                Node.of("two", "MatMul", List.of(middle.outputs().getFirst(), "second"), "logits"))
            .build());
  }

  private static OnnxModel unknownWidth() {
    return OnnxModel.of(
        Graph.builder("unknown")
            .input(ValueInfo.batched("x", DType.FLOAT32, 4))
            .output(new ValueInfo("y", Optional.of(DType.FLOAT32), Optional.empty()))
            .node(Node.of("wave", "Relu", List.of("x"), "y").with("note", Attribute.of(1L)))
            .build());
  }
}
