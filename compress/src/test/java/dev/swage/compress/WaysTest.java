package dev.swage.compress;

import static org.assertj.core.api.Assertions.assertThat;

import dev.swage.compress.plan.KeepReason;
import dev.swage.compress.plan.ModelPlan;
import dev.swage.compress.plan.NodeChoice;
import dev.swage.compress.plan.NodeChoice.Keep;
import dev.swage.compress.plan.Objective;
import dev.swage.compress.plan.PlannedNode;
import dev.swage.compress.plan.WeightSlot;
import dev.swage.compress.weights.WeightOptions;
import dev.swage.data.DataSource;
import dev.swage.onnx.Attribute;
import dev.swage.onnx.Graph;
import dev.swage.onnx.Node;
import dev.swage.onnx.OnnxModel;
import dev.swage.onnx.OnnxWriter;
import dev.swage.onnx.ValueInfo;
import dev.swage.onnx.ValueInfo.Dim;
import dev.swage.tensor.DType;
import dev.swage.tensor.Shape;
import dev.swage.tensor.Tensor;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.random.RandomGenerator;
import java.util.random.RandomGeneratorFactory;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Which way each node goes, where several are open to it. */
class WaysTest {
  private static final int WIDTH = 64;

  @TempDir private Path folder;
  private RandomGenerator random = RandomGeneratorFactory.of("L64X128MixRandom").create(11);

  @BeforeEach
  void seed() {
    random = RandomGeneratorFactory.of("L64X128MixRandom").create(11);
  }

  private Tensor weight(long... dims) {
    Shape shape = Shape.of(dims);
    float[] values = new float[Math.toIntExact(shape.elements())];
    for (int i = 0; i < values.length; i++) {
      values[i] = (float) (random.nextGaussian() / 8);
    }
    return Tensor.ofFloats(shape, values);
  }

  private static ValueInfo fixed(String name, DType type, long... dims) {
    return new ValueInfo(
        name,
        Optional.of(type),
        Optional.of(Arrays.stream(dims).<Dim>mapToObj(Dim.Fixed::new).toList()));
  }

  private Path write(Graph graph) {
    Path file = folder.resolve("net.onnx");
    OnnxWriter.write(OnnxModel.of(graph), file);
    return file;
  }

  /**
   * Rows of very different sizes, each brought to length 1 after a product: a fixed range leaves
   * the small ones no codes, one of their own does.
   */
  private Path normalizing() {
    return write(
        Graph.builder("normalizing")
            .input(fixed("x", DType.FLOAT32, 1, WIDTH))
            .output(fixed("y", DType.FLOAT32, 1, WIDTH))
            .node(Node.of("first", "MatMul", List.of("x", "w1"), "h"))
            .node(
                Node.of("length", "ReduceL2", List.of("h", "axis"), "n")
                    .with("keepdims", Attribute.of(1)))
            .node(Node.of("unit", "Div", List.of("h", "n"), "u"))
            .node(Node.of("second", "MatMul", List.of("u", "w2"), "y"))
            .initializer("axis", Tensor.ofLongs(Shape.of(1), 1))
            .initializer("w1", weight(WIDTH, WIDTH))
            .initializer("w2", weight(WIDTH, WIDTH))
            .build());
  }

  private DataSource rows() throws IOException {
    StringBuilder text = new StringBuilder();
    for (int row = 0; row < 24; row++) {
      double size = Math.pow(10, -3 * row / 23.0);
      for (int i = 0; i < WIDTH; i++) {
        text.append(size * random.nextGaussian()).append(',');
      }
      text.append(row).append("\n");
    }
    Files.writeString(folder.resolve("rows.csv"), text);
    return DataSource.open("csv:rows.csv?header=false&task=regression", folder);
  }

  private Conversion convert(Path model, QuantizeOptions options, DataSource data) {
    return ModelQuantization.of(options)
        .convert(model, folder.resolve("small.onnx"), QuantizeData.of(data));
  }

  private static QuantizeOptions forSize(QuantMode mode) {
    return QuantizeOptions.of(mode).withObjective(Objective.SIZE);
  }

  private static PlannedNode node(ModelPlan plan, String name) {
    return plan.nodes().stream().filter(node -> node.name().equals(name)).findFirst().orElseThrow();
  }

  private static double leastDb(Conversion done) {
    return done.proof().leastSqnrDb().orElseThrow();
  }

  /** Static alone is bad here; its next ways are not, and take no more bytes. */
  @Test
  void mixedLeavesAWayThatLosesTooMuch() throws IOException {
    Path model = normalizing();
    DataSource data = rows();
    Conversion fixed = convert(model, forSize(QuantMode.STATIC).withGoal(unguarded()), data);
    Conversion mixed = convert(model, forSize(QuantMode.MIXED), data);
    assertThat(leastDb(fixed)).isLessThan(15);
    assertThat(leastDb(mixed)).isGreaterThan(20);
    assertThat(mixed.bytesAfter()).isLessThan(Files.size(model) / 3);
    PlannedNode first = node(mixed.planned().plan(), "first");
    assertThat(first.choice()).isInstanceOf(NodeChoice.Dynamic.class);
    assertThat(first.against().get("static"))
        .extracting(Keep::reason)
        .isEqualTo(KeepReason.TOO_SENSITIVE);
  }

  /** A node that a bound takes back goes to its next way, not to floats. */
  @ParameterizedTest
  @EnumSource(
      value = QuantMode.class,
      names = {"STATIC", "MIXED"})
  void aBoundMovesNodesToTheirNextWay(QuantMode mode) throws IOException {
    Path model = normalizing();
    QuantizeOptions options = forSize(mode).withGoal(QuantGoal.of(Objective.SIZE).withMinSqnr(30));
    Conversion done = convert(model, options, rows());
    assertThat(done.outcome()).isEqualTo(Outcome.WRITTEN);
    assertThat(leastDb(done)).isGreaterThanOrEqualTo(30);
    for (String name : List.of("first", "second")) {
      assertThat(node(done.planned().plan(), name).choice().isQuantized()).as(name).isTrue();
    }
    assertThat(done.bytesAfter()).isLessThan(Files.size(model) / 3);
  }

  /** Four layers, of whose weights some need more than 4 bits. */
  private Path layers() {
    Graph.Builder graph =
        Graph.builder("layers")
            .input(ValueInfo.batched("x0", DType.FLOAT32, WIDTH))
            .output(ValueInfo.batched("x4", DType.FLOAT32, WIDTH));
    for (int i = 0; i < 4; i++) {
      graph
          .node(Node.of("layer" + i, "MatMul", List.of("x" + i, "w" + i), "x" + (i + 1)))
          .initializer("w" + i, weight(WIDTH, WIDTH));
    }
    return write(graph.build());
  }

  @ParameterizedTest
  @EnumSource(
      value = QuantMode.class,
      names = {"WEIGHT_ONLY"})
  void fourBitsBecomeEightBeforeFloats(QuantMode mode) {
    Path model = layers();
    DataSource data = DataSource.open("random:1x64?n=16", folder);
    QuantizeOptions options = forSize(mode).withWeights(WeightOptions.int4());
    double narrow = leastDb(convert(model, options, data));
    double bound = narrow + 8;
    Conversion done =
        convert(model, options.withGoal(QuantGoal.of(Objective.SIZE).withMinSqnr(bound)), data);
    assertThat(done.outcome()).isEqualTo(Outcome.WRITTEN);
    assertThat(leastDb(done)).isGreaterThanOrEqualTo(bound);
    List<Integer> bits =
        done.planned().plan().nodes().stream()
            .flatMap(node -> node.choice().slots().stream())
            .map((WeightSlot slot) -> slot.scheme().bits())
            .toList();
    assertThat(bits).hasSize(4).contains(8);
    Conversion wide = convert(model, forSize(mode), data);
    assertThat(done.bytesAfter()).isLessThanOrEqualTo(wide.bytesAfter());
  }

  /** A table, and a product behind it. */
  private Path embedding() {
    return write(
        Graph.builder("embedding")
            .input(fixed("x", DType.FLOAT32, 1, 8))
            .output(fixed("y", DType.FLOAT32, 1, 8, 32))
            .node(Node.of("positive", "Abs", List.of("x"), "a"))
            .node(Node.of("rows", "Mul", List.of("a", "count"), "m"))
            .node(Node.of("ids", "Cast", List.of("m"), "ids").with("to", Attribute.of(7)))
            .node(Node.of("table", "Gather", List.of("table.rows", "ids"), "e"))
            .node(Node.of("product", "MatMul", List.of("e", "w"), "y"))
            .initializer("count", Tensor.ofFloats(Shape.of(), 499))
            .initializer("table.rows", weight(500, WIDTH))
            .initializer("w", weight(WIDTH, 32))
            .build());
  }

  /** Rows of a table are looked up as codes in every mode, also where speed is asked for. */
  @ParameterizedTest
  @EnumSource(
      value = QuantMode.class,
      names = {"STATIC", "DYNAMIC", "MIXED"})
  void tablesBecomeCodesWhateverTheGoal(QuantMode mode) {
    Path model = embedding();
    DataSource ids = DataSource.open("random:1x8?n=8&dist=uniform", folder);
    for (Objective objective : Objective.values()) {
      ModelPlan plan =
          ModelQuantization.of(QuantizeOptions.of(mode).withObjective(objective))
              .plan(model, QuantizeData.of(ids))
              .plan();
      assertThat(node(plan, "table").choice())
          .as(objective.label())
          .matches(NodeChoice::isQuantized, "quantized");
    }
  }

  /** What a file would be larger for is left out. */
  @ParameterizedTest
  @EnumSource(
      value = QuantMode.class,
      names = {"STATIC", "MIXED", "DYNAMIC"})
  void aSmallFileIsNoLargerThanItsSource(QuantMode mode) {
    Graph.Builder graph =
        Graph.builder("chain")
            .input(fixed("x0", DType.FLOAT32, 1, 16))
            .output(fixed("x40", DType.FLOAT32, 1, 16));
    for (int i = 0; i < 40; i++) {
      graph
          .node(Node.of("n" + i, "MatMul", List.of("x" + i, "w" + i), "x" + (i + 1)))
          .initializer("w" + i, weight(16, 16));
    }
    Path model = write(graph.build());
    Conversion done =
        convert(
            model, forSize(mode).withGoal(unguarded()), DataSource.open("random:1x16?n=8", folder));
    assertThat(done.bytesAfter()).isLessThanOrEqualTo(done.bytesBefore());
  }

  /** No worse than either of its parts, or good enough. */
  @Test
  void mixedIsAsGoodAsItsParts() {
    Path model = layers();
    DataSource data = DataSource.open("random:1x64?n=16", folder);
    Conversion fixed = convert(model, forSize(QuantMode.STATIC), data);
    Conversion atRun = convert(model, forSize(QuantMode.DYNAMIC), data);
    Conversion mixed = convert(model, forSize(QuantMode.MIXED), data);
    assertThat(leastDb(mixed))
        .isGreaterThanOrEqualTo(Math.min(20, Math.max(leastDb(fixed), leastDb(atRun))));
    assertThat(mixed.bytesAfter())
        .isLessThanOrEqualTo(Math.max(fixed.bytesAfter(), atRun.bytesAfter()));
  }

  /** The goal of files that are written whatever became of their outputs. */
  private static QuantGoal unguarded() {
    return QuantGoal.of(Objective.SIZE).allowingDamage();
  }
}
