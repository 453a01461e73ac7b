package dev.swage.compress.diagnose;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.tuple;
import static org.assertj.core.api.Assertions.within;

import dev.swage.compress.TestPlans;
import dev.swage.compress.WeightOnly;
import dev.swage.compress.calibrate.Calibration;
import dev.swage.compress.plan.Assignment;
import dev.swage.compress.plan.KeepReason;
import dev.swage.compress.plan.ModelPlan;
import dev.swage.compress.plan.NodeChoice;
import dev.swage.compress.plan.NodeChoice.Keep;
import dev.swage.compress.plan.PlannedNode;
import dev.swage.compress.qdq.QdqOptions;
import dev.swage.compress.qdq.QdqWriter;
import dev.swage.compress.write.QuantizedModel;
import dev.swage.data.DataSource;
import dev.swage.onnx.OnnxModel;
import dev.swage.onnx.OnnxWriter;
import dev.swage.quant.range.MinMaxRange;
import dev.swage.run.ActivationRunner;
import dev.swage.run.ActivationSession;
import dev.swage.run.ModelSession;
import dev.swage.run.SampleFeed;
import dev.swage.run.SessionOptions;
import dev.swage.run.score.OutputFidelity;
import dev.swage.run.score.ReferenceOutputs;
import dev.swage.run.score.SignalToNoise;
import dev.swage.tensor.Tensor;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;

class LayerDiagnosisTest {
  private static final int SAMPLES = 6;
  private static final DiagnosisOptions OPTIONS =
      DiagnosisOptions.defaults().withSamples(SAMPLES).withBatchSize(2);

  private final OnnxModel model = TestNetwork.model();
  private final DataSource data = TestNetwork.pictures(16);
  private final Calibration calibration = TestNetwork.observe(model, data);
  private final ModelPlan plan =
      TestPlans.fixed(model.graph(), calibration, QdqOptions.of(new MinMaxRange()));
  private final OnnxModel quantized = QdqWriter.write(model, plan).model();

  private List<LayerNoise> diagnose(DiagnosisOptions options) {
    return LayerDiagnosis.of("net", model, quantized, data, options);
  }

  /** Values of both models on the samples, compared by a session of its own for each. */
  private double slow(OnnxModel candidate, String value) {
    List<Tensor> expected = values(model, value);
    List<Tensor> found = values(candidate, value);
    SignalToNoise error = new SignalToNoise();
    for (int i = 0; i < expected.size(); i++) {
      error.add(expected.get(i), found.get(i));
    }
    return error.decibels();
  }

  private List<Tensor> values(OnnxModel of, String value) {
    List<Tensor> values = new ArrayList<>();
    try (ActivationSession session =
            ActivationSession.open("slow", of, List.of(value), SessionOptions.defaults());
        ActivationRunner runner = session.runner(data)) {
      SampleFeed feed = new SampleFeed(session.session(), data, 2);
      for (int from = 0; from < SAMPLES; from += 2) {
        runner.run(
            feed.inputs(feed.batch(from)),
            (name, tensor) -> values.add(Tensor.ofFloats(tensor.shape(), tensor.toFloats())));
      }
    }
    return values;
  }

  private static Consumer<Double> close(double expected) {
    return found -> {
      if (Double.isInfinite(expected)) {
        assertThat(found).isEqualTo(expected);
      } else {
        assertThat(found).isCloseTo(expected, within(1e-3));
      }
    };
  }

  private List<String> quantizedNodes() {
    return plan.nodes().stream()
        .filter(node -> node.choice() instanceof NodeChoice.Static)
        .map(PlannedNode::name)
        .toList();
  }

  @Test
  void isolatedErrorIsThatOfAModelWithOneNodeQuantized() {
    List<LayerNoise> layers = diagnose(OPTIONS);
    assertThat(quantizedNodes()).hasSize(10);
    for (String node : quantizedNodes()) {
      LayerNoise layer =
          layers.stream().filter(l -> l.node().equals(node)).findFirst().orElseThrow();
      double expected = slow(OneNode.quantized(model, plan, node), layer.value());
      assertThat(layer.isolatedDb()).as(node).isCloseTo(expected, within(1e-3));
      assertThat(layer.isolatedDb()).as(node).isBetween(20.0, 70.0);
    }
  }

  @Test
  void cumulativeErrorIsThatOfTheQuantizedModel() {
    for (LayerNoise layer : diagnose(OPTIONS)) {
      double expected = slow(quantized, layer.value());
      assertThat(layer.cumulativeDb()).as(layer.value()).isCloseTo(expected, within(1e-3));
    }
  }

  @Test
  void absorbedClipsAreToldWithTheNodeThatMakesTheirCodes() {
    List<LayerNoise> layers = diagnose(OPTIONS);
    assertThat(layers)
        .extracting(LayerNoise::node, LayerNoise::operator, LayerNoise::value)
        .contains(
            tuple("stem", "Conv", "r"), tuple("sum", "Add", "t"), tuple("soft", "Softmax", "y"));
    assertThat(layers).extracting(LayerNoise::value).doesNotContain("a", "s", "l");
  }

  @Test
  void nodesThatAreKeptLoseNothingThemselves() {
    LayerNoise soft =
        diagnose(OPTIONS).stream().filter(l -> l.node().equals("soft")).findFirst().orElseThrow();
    assertThat(soft.isolatedDb()).isEqualTo(Double.POSITIVE_INFINITY);
    assertThat(soft.cumulativeDb()).isFinite();
  }

  @Test
  void aNodeKeptBetweenCodesLosesWhatItsOperandDoes() {
    Keep keep = new Keep(KeepReason.TOO_SENSITIVE, "");
    ModelPlan between =
        TestPlans.fixed(
            model.graph(),
            calibration,
            QdqOptions.of(new MinMaxRange()),
            Assignment.keeping(Map.of("left", keep)));
    OnnxModel candidate = QdqWriter.write(model, between).model();
    List<LayerNoise> layers = LayerDiagnosis.of("net", model, candidate, data, OPTIONS);
    LayerNoise left = layers.stream().filter(l -> l.value().equals("l")).findFirst().orElseThrow();
    LayerNoise quantized =
        diagnose(OPTIONS).stream().filter(l -> l.node().equals("left")).findFirst().orElseThrow();
    assertThat(left.node()).isEqualTo("left");
    assertThat(left.isolatedDb()).isFinite().isGreaterThan(quantized.isolatedDb());
    assertThat(layers)
        .allSatisfy(layer ->
            assertThat(layer.cumulativeDb()).satisfies(close(slow(candidate, layer.value()))));
  }

  @Test
  void ranksWorstFirst() {
    List<LayerNoise> ranked = diagnose(OPTIONS).stream().sorted(LayerNoise.BY_ISOLATED).toList();
    assertThat(ranked).extracting(LayerNoise::isolatedDb).isSorted();
    LayerNoise broken = new LayerNoise("n", "Add", "v", Double.NaN, 0, 0);
    assertThat(LayerNoise.BY_ISOLATED.compare(broken, ranked.getFirst())).isNegative();
  }

  @Test
  void aSmallBudgetMeansMoreRunsAndTheSameFigures() {
    List<LayerNoise> whole = diagnose(OPTIONS);
    List<LayerNoise> parts = diagnose(OPTIONS.withMemoryBudget(1));
    assertThat(parts).hasSameSizeAs(whole);
    for (int i = 0; i < whole.size(); i++) {
      assertThat(parts.get(i).value()).isEqualTo(whole.get(i).value());
      // ONNX Runtime fuses floats otherwise where other values are asked for: last bits.
      assertThat(parts.get(i).isolatedDb()).satisfies(close(whole.get(i).isolatedDb()));
      assertThat(parts.get(i).cumulativeDb()).satisfies(close(whole.get(i).cumulativeDb()));
    }
  }

  @Test
  void weightsAloneQuantizedHaveIsolatedErrorsToo() {
    QuantizedModel weights = WeightOnly.int8().unprepared().apply(model);
    List<LayerNoise> layers =
        LayerDiagnosis.of("net", weights.prepared().model(), weights.model(), data, OPTIONS);
    LayerNoise stem = layers.getFirst();
    assertThat(stem.node()).isEqualTo("stem");
    assertThat(stem.isolatedDb()).isBetween(35.0, 60.0);
    assertThat(stem.isolatedDb()).isCloseTo(stem.cumulativeDb(), within(1e-3));
    LayerNoise right =
        layers.stream().filter(l -> l.node().equals("right")).findFirst().orElseThrow();
    assertThat(right.isolatedDb()).isGreaterThan(right.cumulativeDb());
    assertThat(layers.stream().filter(l -> l.operator().equals("Relu")))
        .isNotEmpty()
        .allSatisfy(relu -> assertThat(relu.isolatedDb()).isInfinite());
  }

  @Test
  void damageIsWhatOutputsLoseByOneNode() {
    ReferenceOutputs outputs;
    try (ModelSession session = open(model)) {
      outputs = ReferenceOutputs.of(session, data, 4);
    }
    SensitivityMeasurement sensitivity =
        new SensitivityMeasurement("net", model, quantized, outputs);
    assertThat(sensitivity.nodes()).isEqualTo(quantizedNodes());
    for (String node : sensitivity.nodes()) {
      try (ModelSession reference = open(model);
          ModelSession candidate = open(OneNode.quantized(model, plan, node))) {
        double expected = OutputFidelity.of(reference, candidate, data, 4).leastSqnrDb();
        assertThat(sensitivity.of(node).leastSqnrDb()).as(node).isCloseTo(expected, within(1e-3));
      }
    }
    assertThatThrownBy(() -> sensitivity.of("soft"))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("net: 'soft' is no quantized node of the main graph");
  }

  @Test
  void modelsInDifferentOperatorSetsAreRefused() {
    OnnxModel other = model.withOpset("", model.opset() + 1);
    assertThatThrownBy(() -> LayerDiagnosis.of("net", other, quantized, data, OPTIONS))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("the models are in operator sets 22 and 21: compare with the prepared model");
  }

  private static ModelSession open(OnnxModel model) {
    return ModelSession.open("slow", OnnxWriter.toBytes(model), SessionOptions.defaults());
  }
}
