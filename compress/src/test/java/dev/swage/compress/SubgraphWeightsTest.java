package dev.swage.compress;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.swage.compress.plan.CompressException;
import dev.swage.compress.plan.KeepReason;
import dev.swage.compress.plan.ModelPlan;
import dev.swage.compress.plan.NodeChoice.Keep;
import dev.swage.compress.plan.PlannedWeight;
import dev.swage.compress.plan.WeightGrouping;
import dev.swage.compress.probe.ProbeSource;
import dev.swage.compress.proof.CodesOfFiles;
import dev.swage.compress.weights.WeightFormat;
import dev.swage.compress.weights.WeightOptions;
import dev.swage.compress.write.QuantizedModel;
import dev.swage.onnx.Attribute;
import dev.swage.onnx.Graph;
import dev.swage.onnx.GraphPath;
import dev.swage.onnx.Node;
import dev.swage.onnx.OnnxModel;
import dev.swage.onnx.OnnxReader;
import dev.swage.onnx.OnnxWriter;
import dev.swage.onnx.ValueInfo;
import dev.swage.run.ModelFile;
import dev.swage.tensor.DType;
import dev.swage.tensor.Shape;
import dev.swage.tensor.Tensor;
import dev.swage.testkit.onnx.RandomWeights;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Weights that graphs inside nodes hold, or read from the graphs around them. */
class SubgraphWeightsTest {
  @TempDir private Path folder;

  private static ValueInfo rows(String name, long columns) {
    return ValueInfo.of(name, DType.FLOAT32, Shape.of(2, columns));
  }

  private static Node product(String x, String w, String y) {
    return Node.of("product " + y, "MatMul", List.of(x, w), y);
  }

  private static Graph branch(Graph.Builder body, String output, long columns) {
    return body.output(rows(output, columns)).build();
  }

  private static Node choice(String name, Graph then, Graph otherwise, String output) {
    return Node.of(name, "If", List.of("flag"), output)
        .with("then_branch", Attribute.of(then))
        .with("else_branch", Attribute.of(otherwise));
  }

  private static Graph.Builder main() {
    return Graph.builder("main")
        .input(rows("x", 32))
        .input(ValueInfo.of("flag", DType.BOOL, Shape.of()));
  }

  private static Tensor flag(int value) {
    return Tensor.of(DType.BOOL, Shape.of(), MemorySegment.ofArray(new byte[] {(byte) value}));
  }

  /**
   * Files hold attributes by name: the else branch comes first. Both branches are run, and both
   * must equal the dequantized weights' results.
   */
  private Conversion convert(WeightOnly recipe, Graph graph) {
    Path input = folder.resolve("model.onnx");
    OnnxWriter.write(OnnxModel.of(graph), input);
    Tensor x = RandomWeights.of(7, 2, 32);
    List<List<Tensor>> inputs = List.of(List.of(x, flag(1)), List.of(x, flag(0)));
    Conversion conversion =
        recipe.convert(
            input, folder.resolve("small.onnx"), ProbeSource.of(ModelFile.read(input), inputs));
    assertThat(conversion.proof().dequantized().orElseThrow().runs()).isEqualTo(2);
    return conversion;
  }

  private Map<String, List<String>> codesByGraph() {
    Map<String, List<String>> codes = new TreeMap<>();
    GraphPath.walk(
        OnnxReader.read(folder.resolve("small.onnx")).graph(),
        (path, graph) ->
            codes.put(
                path.toString(),
                graph.initializers().keySet().stream()
                    .filter(name -> name.contains("_quantized"))
                    .toList()));
    return codes;
  }

  /** Both branches call their own weight {@code w}. */
  private static Graph sameNames() {
    Graph then =
        branch(
            Graph.builder("then")
                .initializer("w", RandomWeights.of(1, 32, 24))
                .node(product("x", "w", "y1")),
            "y1",
            24);
    Graph otherwise =
        branch(
            Graph.builder("else")
                .initializer("w", RandomWeights.of(2, 32, 24))
                .node(product("x", "w", "y2")),
            "y2",
            24);
    return main().node(choice("if", then, otherwise, "y")).output(rows("y", 24)).build();
  }

  @Test
  void theSameNameInBothBranchesIsTwoWeights() {
    for (WeightOnly recipe : recipes()) {
      Conversion conversion = convert(recipe, sameNames());
      assertThat(conversion.quantized().codes().keySet())
          .containsExactly("if/else_branch/w", "if/then_branch/w");
      assertThat(conversion.quantized().dequantized("if/then_branch/w"))
          .isNotEqualTo(conversion.quantized().dequantized("if/else_branch/w"));
      assertThat(codesByGraph())
          .isEqualTo(
              Map.of(
                  "", List.of(),
                  "if/else_branch", List.of("w_quantized"),
                  "if/then_branch", List.of("w_quantized_2")));
    }
  }

  private static List<WeightOnly> recipes() {
    WeightOptions groups =
        WeightOptions.int4()
            .withGrouping(WeightGrouping.groups(16))
            .withFormat(WeightFormat.MATMUL_N_BITS);
    return List.of(
        WeightOnly.int8(),
        WeightOnly.int4(),
        WeightOnly.of(WeightOptions.int4().withBits(2)),
        WeightOnly.of(groups),
        WeightOnly.of(groups.withBits(8).asymmetric()),
        WeightOnly.of(groups.withBits(2)));
  }

  @Test
  void weightsAreExcludedByNameOrByPlace() {
    for (Map.Entry<String, Set<String>> excluded :
        Map.of(
                "w", Set.of("if/then_branch/w", "if/else_branch/w"),
                "if/then_branch/w", Set.of("if/then_branch/w"),
                "product y2", Set.of("if/else_branch/w"),
                "if/else_branch/product y2", Set.of("if/else_branch/w"))
            .entrySet()) {
      ModelPlan plan =
          WeightOnly.of(WeightOptions.int8().excluding(Set.of(excluded.getKey())))
              .plan(OnnxModel.of(sameNames()));
      assertThat(
              plan.weights().stream()
                  .filter(
                      weight -> weight.kept().equals(Optional.of(new Keep(KeepReason.EXCLUDED))))
                  .map(PlannedWeight::name))
          .as(excluded.getKey())
          .containsExactlyInAnyOrderElementsOf(excluded.getValue());
    }
    WeightOnly unknown = WeightOnly.of(WeightOptions.int8().excluding(Set.of("else_branch/w")));
    assertThatThrownBy(() -> unknown.plan(OnnxModel.of(sameNames())))
        .hasMessage(
            "cannot exclude 'else_branch/w': the model has no node, weight or value of that name");
  }

  @Test
  void readersAreToldWithTheirGraph() {
    assertThat(WeightOnly.int8().plan(OnnxModel.of(sameNames())).weights())
        .extracting(PlannedWeight::readers)
        .containsExactly(
            List.of("node 'product y1' (MatMul) in if/then_branch"),
            List.of("node 'product y2' (MatMul) in if/else_branch"));
  }

  @Test
  void outerWeightsBecomeCodesWhereAllTheirReadersSeeThem() {
    Graph deep = branch(Graph.builder("deep").node(product("x", "deep", "d")), "d", 32);
    Graph other = branch(Graph.builder("other").node(product("x", "both", "o")), "o", 32);
    Graph then =
        branch(
            Graph.builder("then")
                .node(choice("inner", deep, other, "i"))
                .node(product("i", "both", "t")),
            "t",
            32);
    Graph otherwise = branch(Graph.builder("else").node(product("x", "everywhere", "e")), "e", 32);
    Graph graph =
        main()
            .initializer("deep", RandomWeights.of(1, 32, 32))
            .initializer("both", RandomWeights.of(2, 32, 32))
            .initializer("everywhere", RandomWeights.of(3, 32, 32))
            .node(choice("if", then, otherwise, "h"))
            .node(product("h", "everywhere", "y"))
            .output(rows("y", 32))
            .build();
    for (WeightOnly recipe : recipes()) {
      convert(recipe, graph);
      assertThat(codesByGraph())
          .containsEntry("", List.of("everywhere_quantized"))
          .containsEntry("if/then_branch", List.of("both_quantized"))
          .containsEntry("if/then_branch/inner/then_branch", List.of("deep_quantized"))
          .containsEntry("if/then_branch/inner/else_branch", List.of())
          .containsEntry("if/else_branch", List.of());
    }
  }

  @Test
  void constantNodesInBranchesBecomeCodes() {
    Node constant =
        Node.of("", "Constant", List.of(), "w")
            .with("value", Attribute.of(RandomWeights.of(1, 32, 24)));
    Graph then = branch(Graph.builder("then").node(constant).node(product("x", "w", "t")), "t", 24);
    Node other = constant.with("value", Attribute.of(RandomWeights.of(2, 32, 24)));
    Graph otherwise =
        branch(Graph.builder("else").node(other).node(product("x", "w", "e")), "e", 24);
    Graph graph = main().node(choice("if", then, otherwise, "y")).output(rows("y", 24)).build();
    for (WeightOnly recipe : List.of(WeightOnly.int8(), WeightOnly.int8().unprepared())) {
      Conversion conversion = convert(recipe, graph);
      assertThat(conversion.quantized().plan().quantized()).isEqualTo(2);
      GraphPath.walk(
          conversion.quantized().model().graph(),
          (path, inner) -> assertThat(inner.nodes()).noneMatch(node -> node.is("Constant")));
    }
  }

  @Test
  void equalWeightsOfTwoBranchesAreOneInTheGraphAround() {
    Tensor same = RandomWeights.of(1, 32, 24);
    Graph then =
        branch(Graph.builder("then").initializer("a", same).node(product("x", "a", "t")), "t", 24);
    Graph otherwise =
        branch(Graph.builder("else").initializer("b", same).node(product("x", "b", "e")), "e", 24);
    Graph graph = main().node(choice("if", then, otherwise, "y")).output(rows("y", 24)).build();
    Conversion conversion = convert(WeightOnly.int8(), graph);
    assertThat(conversion.quantized().codes().keySet()).containsExactly("b_2");
    assertThat(conversion.quantized().prepared().summary()).isEqualTo("2 duplicate weights shared");
    assertThat(codesByGraph()).containsEntry("", List.of("b_2_quantized"));
    assertThat(convert(WeightOnly.int8().unprepared(), graph).quantized().codes()).hasSize(2);
  }

  @Test
  void branchesThatReturnAWeightKeepIt() {
    Graph then =
        Graph.builder("then")
            .initializer("w", RandomWeights.of(1, 2, 24))
            .output(rows("w", 24))
            .build();
    Graph otherwise =
        branch(
            Graph.builder("else")
                .initializer("v", RandomWeights.of(2, 32, 24))
                .node(product("x", "v", "e")),
            "e",
            24);
    Graph graph = main().node(choice("if", then, otherwise, "y")).output(rows("y", 24)).build();
    Conversion conversion = convert(WeightOnly.int8(), graph);
    assertThat(conversion.quantized().plan().weights())
        .extracting(PlannedWeight::kept)
        .contains(Optional.of(new Keep(KeepReason.GRAPH_OUTPUT)));
    assertThat(conversion.quantized().codes().keySet()).containsExactly("if/else_branch/v");
  }

  /** h ← tanh(h · own + h · outer), three times. */
  private static Graph loop() {
    ValueInfo carried = rows("h_in", 32);
    Graph body =
        Graph.builder("body")
            .input(ValueInfo.of("i", DType.INT64, Shape.of()))
            .input(ValueInfo.of("go", DType.BOOL, Shape.of()))
            .input(carried)
            .initializer("own", RandomWeights.of(1, 32, 32))
            .node(Node.of("same", "Identity", List.of("go"), "go_on"))
            .node(product("h_in", "own", "p"))
            .node(product("h_in", "outer", "q"))
            .node(Node.of("sum", "Add", List.of("p", "q"), "s"))
            .node(Node.of("tanh", "Tanh", List.of("s"), "h_out"))
            .output(ValueInfo.of("go_on", DType.BOOL, Shape.of()))
            .output(rows("h_out", 32))
            .build();
    return main()
        .initializer("outer", RandomWeights.of(2, 32, 32))
        .initializer("three", Tensor.ofLongs(Shape.of(), 3))
        .node(
            Node.of("loop", "Loop", List.of("three", "flag", "x"), "y")
                .with("body", Attribute.of(body)))
        .output(rows("y", 32))
        .build();
  }

  @Test
  void weightsThatALoopReadsAreDequantizedOnceOutsideOfIt() {
    for (WeightOnly recipe : recipes()) {
      convert(recipe, loop());
      assertThat(codesByGraph())
          .isEqualTo(Map.of("", List.of("outer_quantized"), "loop/body", List.of("own_quantized")));
    }
  }

  @Test
  void codesOfBranchesAreProvenAsTheyLieInTheFile() {
    Conversion conversion = convert(WeightOnly.int8(), sameNames());
    assertThat(conversion.proof().tensors()).isEqualTo(4);
    QuantizedModel quantized = conversion.quantized();
    Graph damaged =
        GraphPath.rewrite(
            quantized.model().graph(),
            (path, graph) -> {
              Tensor codes = graph.initializers().get("w_quantized_2");
              if (codes == null) {
                return graph;
              }
              byte[] bytes = codes.data().toArray(java.lang.foreign.ValueLayout.JAVA_BYTE);
              bytes[5] ^= 1;
              return graph.toBuilder()
                  .initializer(
                      "w_quantized_2",
                      Tensor.of(codes.dtype(), codes.shape(), MemorySegment.ofArray(bytes)))
                  .build();
            });
    Path file = folder.resolve("damaged.onnx");
    OnnxWriter.write(quantized.model().withGraph(damaged), file);
    assertThatThrownBy(() -> CodesOfFiles.require(file, quantized))
        .isInstanceOf(CompressException.class)
        .hasMessage(
            file + ": initializer 'w_quantized_2' differs from the quantizer's codes at byte 5");
  }

  @Test
  void eachWeightOfABranchIsReported() {
    List<String> names = new ArrayList<>();
    convert(WeightOnly.int8(), loop())
        .quantized()
        .weights()
        .forEach(outcome -> {
          names.add(outcome.plan().name());
          assertThat(outcome.sqnrDb().orElseThrow()).isGreaterThan(35);
        });
    assertThat(names).containsExactly("outer", "loop/body/own");
  }
}
