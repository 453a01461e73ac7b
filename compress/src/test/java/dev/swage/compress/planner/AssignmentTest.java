package dev.swage.compress.planner;

import static org.assertj.core.api.Assertions.assertThat;

import dev.swage.compress.calibrate.Calibration;
import dev.swage.compress.calibrate.CalibrationListener;
import dev.swage.compress.calibrate.CalibrationOptions;
import dev.swage.compress.calibrate.Calibrator;
import dev.swage.compress.dynamic.DynamicOptions;
import dev.swage.compress.plan.Assignment;
import dev.swage.compress.plan.KeepReason;
import dev.swage.compress.plan.ModelPlan;
import dev.swage.compress.plan.NodeChoice.Keep;
import dev.swage.compress.plan.Objective;
import dev.swage.compress.plan.PlanForm;
import dev.swage.compress.plan.PlannedNode;
import dev.swage.compress.plan.WeightGrouping;
import dev.swage.compress.qdq.QdqOptions;
import dev.swage.compress.weights.WeightErrors;
import dev.swage.compress.weights.WeightOptions;
import dev.swage.compress.write.PlanWriter;
import dev.swage.data.DataSource;
import dev.swage.graph.PreparationOptions;
import dev.swage.onnx.OnnxModel;
import dev.swage.onnx.OnnxWriter;
import dev.swage.onnx.layer.Network;
import dev.swage.quant.RangeEstimator;
import dev.swage.quant.range.MinMaxRange;
import dev.swage.run.ModelSession;
import dev.swage.run.SessionOptions;
import dev.swage.run.score.OutputFidelity;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Any way that a node can go can be asked for, and is what is written then. */
class AssignmentTest {
  @TempDir private Path folder;

  private static OnnxModel net() {
    return Network.input("image", 3, 9, 9)
        .conv2d(8, 3)
        .relu()
        .flatten()
        .dense(40)
        .relu()
        .dense(16)
        .seed(3)
        .build();
  }

  /** The net with the data it is calibrated on, and a planner of four ways. */
  private record Planned(SourceModel source, DataSource data, ModelPlanner planner) {}

  private Planned planned() {
    Path file = folder.resolve("net.onnx");
    OnnxWriter.write(net(), file);
    SourceModel source =
        SourceModel.read(file, PreparationOptions.defaults().withOpset(21).withIntegerForms(true));
    DataSource data = DataSource.open("random:1x3x9x9?n=6", folder);
    return new Planned(source, data, planner(source, data));
  }

  private static ModelPlanner planner(SourceModel source, DataSource data) {
    Calibration calibration =
        new Calibrator(CalibrationOptions.defaults(), CalibrationListener.NONE)
            .observe("net", source.model(), source.hash().digits(), data);
    ModelPlanner.Header header =
        new ModelPlanner.Header(Objective.SIZE, PlanForm.QDQ, "min-max", RangeEstimator.minMax());
    return new ModelPlanner(source, header, Excluded.none(), new WeightErrors())
        .withStatic(calibration, QdqOptions.of(new MinMaxRange()))
        .withDynamic(DynamicOptions.standard().withConvolutions(true))
        .withWeights(WeightOptions.int8().withGrouping(WeightGrouping.perChannel()))
        .withWeights(WeightOptions.int4());
  }

  @Test
  void eachOfTheWaysOfANodeCanBeAssigned() {
    Planned net = planned();
    ModelPlanner planner = net.planner();
    Map<String, List<PlannedNode>> ways = planner.ways();
    assertThat(ways.values()).filteredOn(all -> all.size() == 4).hasSize(3);
    int written = 0;
    for (Map.Entry<String, List<PlannedNode>> node : ways.entrySet()) {
      if (node.getValue().size() < 4) {
        continue;
      }
      assertThat(node.getValue().stream().map(way -> way.choice().label()))
          .containsExactly("static", "dynamic", "weight-only", "weight-only");
      for (PlannedNode way : node.getValue()) {
        ModelPlan plan = planner.plan(Assignment.none().with(node.getKey(), way.choice()));
        assertThat(plan.choices().get(node.getKey())).isEqualTo(way.choice());
        assertRuns(net, plan);
        written++;
      }
      Keep keep = new Keep(KeepReason.TOO_SENSITIVE, "for the test");
      ModelPlan kept = planner.plan(Assignment.none().with(node.getKey(), keep));
      assertThat(kept.choices().get(node.getKey())).isEqualTo(keep);
    }
    assertThat(written).isEqualTo(12);
  }

  /** Every node another way at once. */
  @Test
  void assignmentsMix() {
    Planned net = planned();
    ModelPlanner planner = net.planner();
    List<List<PlannedNode>> ways =
        planner.ways().values().stream().filter(all -> all.size() == 4).toList();
    for (int shift = 0; shift < 4; shift++) {
      Assignment given = Assignment.none();
      for (int i = 0; i < ways.size(); i++) {
        PlannedNode way = ways.get(i).get((i + shift) % 4);
        given = given.with(way.name(), way.choice());
      }
      ModelPlan plan = planner.plan(given);
      given
          .choices()
          .forEach((node, choice) -> assertThat(plan.choices()).containsEntry(node, choice));
      assertRuns(net, plan);
    }
  }

  private static void assertRuns(Planned net, ModelPlan plan) {
    OnnxModel small = PlanWriter.write(net.source().prepared(), plan).model();
    try (ModelSession before =
            ModelSession.open("float", net.source().model(), SessionOptions.defaults());
        ModelSession after = ModelSession.open("small", small, SessionOptions.defaults())) {
      assertThat(OutputFidelity.of(before, after, net.data(), 1).leastSqnrDb()).isGreaterThan(12);
    }
  }
}
