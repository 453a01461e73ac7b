package dev.swage.clip;

import dev.swage.kernel.GradientEdit;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * SPAM's element-wise spike clipping: an element with {@code g² > θ·v}, v being Adam's second
 * moment of it after the step before, becomes {@code sign(g)·√(θ·v)}. Not in the first steps, when
 * v is young, and never where v is still 0. Adam applies it in the pass in which it reads v anyway,
 * so how many elements it limits is not in the record.
 *
 * @see <a href="https://arxiv.org/abs/2501.06842">Huang et al.: SPAM, spike-aware Adam with
 *     momentum reset (2025)</a>
 */
final class SpikeClipper implements GradientClipper {
  private static final String SEEN = "seen";

  private final double factor;
  private final int off;
  private long seen;

  SpikeClipper(double factor, int off) {
    Settings.positive("clip spike factor", factor);
    Settings.positive("clip spike factor as float32", (float) factor);
    Settings.atLeast("steps without spike clipping", off, 1);
    this.factor = factor;
    this.off = off;
  }

  @Override
  public ClipDecision decide(Gradients gradients, ClipStep step) {
    GradientMeasure measure = gradients.measure();
    ClipRecord record = ClipRecord.of(step, "spikes", measure).of("element", 2, measure.norm());
    if (seen < off) {
      seen++;
      return new ClipDecision.Keep(record);
    }
    return new ClipDecision.EditEach(
        Collections.nCopies(gradients.size(), GradientEdit.limitSpikes((float) factor)), record);
  }

  @Override
  public void check(List<ParameterInfo> parameters, boolean secondMoments) {
    if (!secondMoments) {
      throw new IllegalArgumentException(
          "clipping spikes needs Adam's second moment: use the optimizer adam or adamw, or clip by"
              + " another method");
    }
  }

  @Override
  public String describe() {
    return String.format(
        Locale.ROOT, "spikes above %s times the second moment, after %d steps", factor, off);
  }

  @Override
  public Map<String, double[]> state() {
    return Map.of(SEEN, new double[] {seen});
  }

  @Override
  public void restore(Map<String, double[]> state) {
    seen = ClipState.of(state, describe()).expect(SEEN).count(SEEN);
  }

  @Override
  public void reset() {
    seen = 0;
  }
}
