package dev.swage.clip;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.function.IntToDoubleFunction;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class ClipDoctorTest {
  private static final SplittableRandom RANDOM = new SplittableRandom(4);

  @Test
  void aGuardThatClipsNowAndThenIsFine() {
    assertThat(kinds(run(200, i -> i % 20 == 0 ? 3 : 0.9, 1), false)).isEmpty();
  }

  @Test
  void noClippingAtAllIsNoFinding() {
    assertThat(kinds(run(200, i -> 5, Double.POSITIVE_INFINITY), true)).isEmpty();
  }

  @Test
  void neverClipping() {
    List<ClipFinding> findings = ClipDoctor.examine(run(100, i -> 0.2 + 0.002 * i, 1), false);
    assertThat(findings).hasSize(1);
    assertThat(findings.getFirst().kind()).isEqualTo(ClipFinding.Kind.NEVER_CLIPS);
    assertThat(findings.getFirst().line())
        .isEqualTo(
            "never clips: none of 100 steps was clipped; the largest norm is 0.398, the threshold 1."
                + " To guard against spikes, set a threshold near twice the median norm: 0.598");
  }

  @Test
  void alwaysClipping() {
    assertThat(kinds(run(100, i -> 20 + i, 1), false))
        .containsExactly(ClipFinding.Kind.ALWAYS_CLIPS);
  }

  @Test
  void aThresholdThatALossChangePutOutOfReach() {
    List<ClipFinding> findings = ClipDoctor.examine(run(400, i -> i < 100 ? 8 : 0.05, 5), false);
    assertThat(findings).hasSize(1);
    assertThat(findings.getFirst().kind()).isEqualTo(ClipFinding.Kind.UNREACHABLE_THRESHOLD);
    assertThat(findings.getFirst().evidence())
        .contains("since step 100")
        .contains("100 times below");
  }

  @Test
  void aThresholdOutOfReachFromTheStart() {
    assertThat(ClipDoctor.examine(run(100, i -> 0.01, 5), false).getFirst().evidence())
        .startsWith("in every step");
  }

  @Test
  void clippingUnderAnOptimizerThatDoesNotSeeScale() {
    List<ObservedStep> steps = run(200, i -> i % 5 == 0 ? 0.5 : 3, 1);
    assertThat(kinds(steps, true)).containsExactly(ClipFinding.Kind.SCALE_INVARIANT_OPTIMIZER);
    assertThat(kinds(steps, false)).isEmpty();
  }

  @Test
  void oneParameterThatOwnsTheNorm() {
    List<ObservedStep> steps =
        IntStream.range(0, 100)
            .mapToObj(i -> step(i, i % 10 == 0 ? 2 : 0.9, 1, 0, i < 60 ? 0.8 : 0.3))
            .toList();
    List<ClipFinding> findings = ClipDoctor.examine(steps, false);
    assertThat(findings).hasSize(1);
    assertThat(findings.getFirst().evidence())
        .isEqualTo("step.size owns 80 % of the squared norm on average, in 60.0 % of the steps");
  }

  @Test
  void burstsOfNonFiniteGradients() {
    List<ObservedStep> steps = new ArrayList<>(run(40, i -> 1, 2));
    for (int i : new int[] {20, 21, 25}) {
      steps.set(i, step(i, Double.NaN, 2, 7, 0));
    }
    List<ClipFinding> findings = ClipDoctor.examine(steps, false);
    assertThat(findings).hasSize(1);
    assertThat(findings.getFirst().kind()).isEqualTo(ClipFinding.Kind.NON_FINITE_BURST);
    assertThat(findings.getFirst().evidence()).contains("3 of the 20").contains("first at step 20");
    steps.set(25, step(25, 1, 2, 0, 0));
    assertThat(ClipDoctor.examine(steps, false)).isEmpty();
  }

  @Test
  void suggestionsFollowTheirRules() {
    double[] norms = RANDOM.doubles(1000).map(x -> 4 * x).toArray();
    NormStatistics statistics = NormStatistics.of(norms);
    assertThat(statistics.suggestions())
        .extracting(NormStatistics.Suggestion::rule)
        .containsExactly(
            "median × 2",
            "p10",
            "p90",
            "mean × 0.5",
            "mean × 1",
            "mean × 2",
            "mean × 5",
            "mean × 10");
    for (NormStatistics.Suggestion suggestion : statistics.suggestions()) {
      long above = IntStream.range(0, 1000).filter(i -> norms[i] > suggestion.threshold()).count();
      assertThat(suggestion.clippedShare()).isEqualTo(above / 1000.0);
    }
    assertThat(NormStatistics.of(Double.NaN, Double.POSITIVE_INFINITY).suggestions()).isEmpty();
  }

  private static List<ClipFinding.Kind> kinds(List<ObservedStep> steps, boolean scaleInvariant) {
    return ClipDoctor.examine(steps, scaleInvariant).stream().map(ClipFinding::kind).toList();
  }

  private static List<ObservedStep> run(int steps, IntToDoubleFunction norm, double threshold) {
    return IntStream.range(0, steps)
        .mapToObj(i -> step(i, norm.applyAsDouble(i), threshold, 0, 0.4))
        .toList();
  }

  private static ObservedStep step(
      int step, double norm, double threshold, long nonFinite, double share) {
    return new ObservedStep(
        step,
        norm,
        threshold,
        norm > threshold,
        nonFinite > 0,
        nonFinite,
        nonFinite > 0 ? Optional.of("w") : Optional.empty(),
        List.of(new ClipRecord.Share("step.size", share), new ClipRecord.Share("w", 0.1)));
  }
}
