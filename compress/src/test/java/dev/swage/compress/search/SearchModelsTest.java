package dev.swage.compress.search;

import static org.assertj.core.api.Assertions.assertThat;

import dev.swage.compress.calibrate.Calibration;
import dev.swage.compress.diagnose.TestNetwork;
import dev.swage.compress.plan.Assignment;
import dev.swage.compress.plan.NodeChoice;
import dev.swage.compress.plan.PlannedNode;
import dev.swage.compress.qdq.QdqWriter;
import dev.swage.data.DataSource;
import dev.swage.graph.Preparation;
import dev.swage.graph.PreparationOptions;
import dev.swage.onnx.OnnxModel;
import dev.swage.onnx.OnnxReader;
import dev.swage.onnx.OnnxWriter;
import dev.swage.quant.range.MinMaxRange;
import dev.swage.run.ModelSession;
import dev.swage.run.OutputKind;
import dev.swage.run.RuntimeEvaluator;
import dev.swage.run.SessionOptions;
import dev.swage.run.score.Evaluation;
import dev.swage.run.score.OutputFidelity;
import dev.swage.testkit.SharedData;
import java.nio.file.Path;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Bounds of real networks, checked on the model that the result stands for. */
class SearchModelsTest {
  @TempDir private Path folder;

  private static StaticNodes nodes(OnnxModel model, DataSource data) {
    OnnxModel prepared =
        Preparation.of(model, PreparationOptions.defaults().withOpset(13), new RuntimeEvaluator())
            .model();
    Calibration calibration = TestNetwork.observe(prepared, data);
    return new StaticNodes(prepared, calibration, new MinMaxRange(), Set.of());
  }

  private static ModelSession open(OnnxModel model) {
    return ModelSession.open("model", OnnxWriter.toBytes(model), SessionOptions.defaults());
  }

  private static OnnxModel result(StaticNodes nodes, SearchResult result) {
    return QdqWriter.write(nodes.reference(), nodes.plan(result.given())).model();
  }

  private static OutputFidelity fidelity(StaticNodes nodes, SearchResult result, DataSource data) {
    try (ModelSession reference = open(nodes.reference());
        ModelSession candidate = open(result(nodes, result))) {
      return OutputFidelity.of(reference, candidate, data, 16);
    }
  }

  @Test
  void smallNetworkKeepsItsBoundAndResumes() {
    DataSource data = TestNetwork.pictures(16);
    StaticNodes nodes = nodes(TestNetwork.model(), data);
    SearchProblem problem = MeasuredProblem.of(nodes, SearchData.of(data));
    Score everything = problem.evaluate(Assignment.none());
    double bound = everything.leastSqnrDb() + 4;
    Path state = folder.resolve("search.json");
    SearchResult result = BoundSearch.of(problem, Bounds.minSqnr(bound)).run(state);
    assertThat(result.met()).isTrue();
    assertThat(result.given().choices().size()).isBetween(1, 8);
    assertThat(fidelity(nodes, result, data).leastSqnrDb()).isGreaterThanOrEqualTo(bound);
    assertThat(nodes.plan(result.given()).nodes())
        .filteredOn(node -> result.given().choice(node.name()).isPresent())
        .extracting(PlannedNode::choice)
        .containsExactlyInAnyOrderElementsOf(result.given().choices().values());
    SearchProblem again = MeasuredProblem.of(nodes, SearchData.of(data));
    SearchResult resumed = BoundSearch.of(again, Bounds.minSqnr(bound)).run(state);
    assertThat(resumed.measured()).isZero();
    assertThat(resumed.given()).isEqualTo(result.given());
  }

  @Test
  void excludedNodesAreNotSearched() {
    DataSource data = TestNetwork.pictures(8);
    StaticNodes all = nodes(TestNetwork.model(), data);
    StaticNodes some =
        new StaticNodes(all.reference(), all.calibration(), all.range(), Set.of("left"));
    SearchProblem problem = MeasuredProblem.of(some, SearchData.of(data));
    assertThat(problem.ladders())
        .extracting(Ladder::name)
        .doesNotContain("left")
        .contains("stem", "deep", "right");
    assertThat(problem.key()).isNotEqualTo(MeasuredProblem.of(all, SearchData.of(data)).key());
  }

  @ParameterizedTest
  @CsvSource({
    "version-RFB-320_simplified, 25, 3",
    "version-RFB-320_simplified, 30, 8",
    "version-RFB-320, 25, 1"
  })
  void faceDetectorsKeepTheirBoundOnBothOutputs(String name, double decibels, int most) {
    OnnxModel model = OnnxReader.read(SharedData.require("models/ultraface/" + name + ".onnx"));
    DataSource data = DataSource.open("random:1x3x240x320?n=4&dist=uniform", folder);
    StaticNodes nodes = nodes(model, data);
    SearchProblem problem =
        MeasuredProblem.of(nodes, SearchData.of(data).withSensitivitySamples(2));
    SearchResult result = BoundSearch.of(problem, Bounds.minSqnr(decibels)).run();
    assertThat(result.met()).isTrue();
    assertThat(result.given().choices()).hasSizeLessThan(most);
    OutputFidelity fidelity = fidelity(nodes, result, data);
    assertThat(fidelity.outputs()).hasSize(2);
    assertThat(fidelity.leastSqnrDb()).isGreaterThanOrEqualTo(decibels);
    long quantized =
        nodes.plan(result.given()).nodes().stream()
            .filter(node -> node.choice() instanceof NodeChoice.Static)
            .count();
    assertThat(result.best().score().quantized()).isEqualTo((int) quantized);
  }

  @Test
  void digitsKeepTheirAccuracy() {
    OnnxModel model = OnnxReader.read(SharedData.require("models/ort-examples/mnist.onnx"));
    Path datasets = SharedData.require("datasets");
    DataSource train = DataSource.open("idx:mnist?split=train&limit=64&scale=1", datasets);
    DataSource test = DataSource.open("idx:mnist?split=test&scale=1", datasets);
    StaticNodes nodes = nodes(model, train);
    SearchData data = SearchData.of(train).withLabelled(test).withBatchSize(100);
    SearchResult result =
        BoundSearch.of(MeasuredProblem.of(nodes, data), Bounds.maxAccuracyDrop(0.0005)).run();
    assertThat(result.met()).isTrue();
    double before = accuracy(nodes.reference(), test);
    double after = accuracy(result(nodes, result), test);
    assertThat(result.best().score().accuracyDrop()).hasValue(before - after);
    assertThat(before - after).isLessThanOrEqualTo(0.0005 + 1e-9);
  }

  private static double accuracy(OnnxModel model, DataSource data) {
    try (ModelSession session = open(model)) {
      return Evaluation.of(session, data, 100, OutputKind.of(model.graph()))
          .accuracy()
          .orElseThrow();
    }
  }
}
