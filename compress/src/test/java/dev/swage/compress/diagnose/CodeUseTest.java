package dev.swage.compress.diagnose;

import static org.assertj.core.api.Assertions.assertThat;

import dev.swage.compress.TestPlans;
import dev.swage.compress.calibrate.Calibration;
import dev.swage.compress.plan.ModelPlan;
import dev.swage.compress.plan.PlannedValue;
import dev.swage.compress.qdq.QdqModel;
import dev.swage.compress.qdq.QdqOptions;
import dev.swage.compress.qdq.QdqWriter;
import dev.swage.data.DataSource;
import dev.swage.onnx.OnnxModel;
import dev.swage.quant.CodeCounts;
import dev.swage.quant.range.ActivationEstimator;
import dev.swage.quant.range.MinMaxRange;
import dev.swage.quant.range.PercentileRange;
import java.util.List;
import org.junit.jupiter.api.Test;

class CodeUseTest {
  private final OnnxModel model = TestNetwork.model();
  private final DataSource data = TestNetwork.pictures(16);
  private final Calibration calibration = TestNetwork.observe(model, data);

  private ModelPlan plan(ActivationEstimator estimator) {
    return TestPlans.fixed(model.graph(), calibration, QdqOptions.of(estimator));
  }

  @Test
  void everyValueIsCounted() {
    ModelPlan plan = plan(new MinMaxRange());
    List<CodeUse> uses = CodeUse.ofValues(plan, calibration);
    assertThat(uses)
        .extracting(CodeUse::name)
        .isEqualTo(plan.values().stream().map(PlannedValue::name).toList());
    assertThat(uses).allSatisfy(use -> assertThat(use.counts().saturated()).isZero());
    CodeCounts input = uses.getFirst().counts();
    assertThat(input.elements()).isEqualTo(16 * 3 * 8 * 8);
    // Normal noise leaves codes of its tails unused.
    assertThat(input.unused()).isBetween(10, 128);
  }

  @Test
  void narrowRangesSaturate() {
    ModelPlan plan = plan(PercentileRange.keeping(0.98));
    CodeCounts input = CodeUse.ofValues(plan, calibration).getFirst().counts();
    assertThat(input.saturatedShare()).isBetween(0.01, 0.03);
    assertThat(input.unused()).isLessThan(10);
  }

  @Test
  void everyWeightIsCounted() {
    QdqModel quantized = QdqWriter.write(model, plan(new MinMaxRange()));
    List<CodeUse> uses = CodeUse.ofWeights(model.graph(), quantized);
    assertThat(uses)
        .extracting(CodeUse::name)
        .containsExactly("stem.w", "deep.w", "left.w", "right.w", "classes.w");
    for (CodeUse use : uses) {
      long elements = model.graph().initializers().get(use.name()).shape().elements();
      assertThat(use.counts().elements()).isEqualTo(elements);
      assertThat(use.counts().codes()).isEqualTo(255);
      assertThat(use.counts().saturated()).isZero();
      assertThat(use.counts().unused()).isBetween((int) Math.max(0, 255 - elements), 254);
    }
  }
}
