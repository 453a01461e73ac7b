package dev.swage.clip;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class ClipHistoryTest {
  private static Gradients one(float value) {
    return GradientsFixture.of(new float[] {value});
  }

  @Test
  void aRunIsSummedUp() {
    GradientClipper clipper = Clip.byGlobalNorm(2.5);
    ClipHistory history = new ClipHistory();
    float[] norms = {4, 1, 2, 3, 0, Float.NaN};
    for (int step = 0; step < norms.length; step++) {
      history.add(clipper.decide(one(norms[step]), ClipStep.of(step)));
    }
    ClipHistory.Summary summary = history.summary();
    assertThat(summary.steps()).isEqualTo(6);
    assertThat(summary.clippedSteps()).isEqualTo(2);
    assertThat(summary.clippedFraction()).isEqualTo(2 / 6.0);
    assertThat(summary.skipped()).isEqualTo(1);
    assertThat(summary.nonFinite()).isEqualTo(1);
    assertThat(summary.normQuartiles()).containsExactly(0.0, 1.0, 2.0, 3.0, 4.0);
    assertThat(summary.threshold()).isEqualTo(2.5);
    assertThat(summary.line())
        .isEqualTo(
            "clip=global norm 2, grad-norm quartiles 0.00 1.00 2.00 3.00 4.00, threshold=2.5,"
                + " percent-clipped=33.3, skipped=1, non-finite=1");
    assertThat(history.norms()).containsExactly(4, 1, 2, 3, 0, Double.NaN);
    assertThat(history.thresholds()).hasSize(6).containsOnly(2.5);
  }

  @Test
  void quartilesLieBetweenRanksInStraightLines() {
    ClipHistory history = new ClipHistory();
    for (float norm : new float[] {1, 2, 3, 8}) {
      history.add(Clip.none().decide(one(norm), ClipStep.of(0)));
    }
    assertThat(history.summary().normQuartiles()).containsExactly(1.0, 1.75, 2.5, 4.25, 8.0);
  }

  @Test
  void longRunsAreKeptExactly() {
    ClipHistory history = new ClipHistory();
    for (int step = 0; step < 5000; step++) {
      history.add(Clip.none().decide(one(step), ClipStep.of(step)));
    }
    assertThat(history.norms()).hasSize(5000).endsWith(4998, 4999);
    assertThat(history.summary().normQuartiles()).endsWith(4999.0);
  }

  @Test
  void nothingHasNoQuartiles() {
    ClipHistory.Summary summary = new ClipHistory().summary();
    assertThat(summary.steps()).isZero();
    assertThat(summary.clippedFraction()).isZero();
    assertThat(summary.normQuartiles()).hasSize(5).containsOnly(Double.NaN);
  }
}
