package dev.swage.clip;

import dev.swage.kernel.GradientEdit;
import dev.swage.kernel.Reductions;
import dev.swage.kernel.UnitSquares;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.stream.IntStream;

/**
 * Adaptive gradient clipping: the gradient G of each output unit is bounded by its weights W,
 * {@code ‖G‖ ≤ λ·max(‖W‖, ε)}. Units lie along the axis the operator says ({@link
 * ParameterInfo#units}); biases and gains are one unit each. The parameters of the last layer are
 * left alone unless asked for, as in the paper.
 *
 * @param lambda λ
 * @param epsilon ε, so that units that begin at 0 can move
 * @param head whether the last layer is clipped too
 * @see <a href="https://arxiv.org/abs/2102.06171">Brock, De, Smith, Simonyan: High-performance
 *     large-scale image recognition without normalization (2021)</a>
 */
record AgcClipper(ThresholdSchedule lambda, double epsilon, boolean head)
    implements GradientClipper {
  AgcClipper {
    Settings.positive("clip epsilon", epsilon);
  }

  /** What became of one parameter, summed over its units. */
  private record Outcome(GradientEdit edit, double after, double allowed, float smallest) {}

  @Override
  public Gradients read(Gradients gradients) {
    return gradients.with(measure(gradients));
  }

  /** Units of what is clipped, whole tensors of the rest: together one read of the gradients. */
  private GradientMeasure measure(Gradients gradients) {
    int[] clipped = indices(gradients, true);
    int[] rest = indices(gradients, false);
    List<UnitSquares> units = new ArrayList<>();
    List<UnitSquares.Source> sources = new ArrayList<>();
    for (int i : clipped) {
      Gradients.Entry entry = gradients.get(i);
      UnitLayout layout = entry.parameter().units();
      sources.add(
          new UnitSquares.Source(
              entry.data(),
              gradients.edits().get(i),
              entry.weight(),
              Math.toIntExact(layout.units()),
              layout.inner()));
    }
    units.addAll(UnitSquares.of(sources));
    Gradients others = gradients.subset(rest);
    double[] squares = new double[gradients.size()];
    double[] ofOthers = Reductions.measure(others.memory(), others.edits(), 2).squares();
    for (int i = 0; i < rest.length; i++) {
      squares[rest[i]] = ofOthers[i];
    }
    for (int i = 0; i < clipped.length; i++) {
      squares[clipped[i]] = Reductions.sum(units.get(i).gradient());
    }
    return GradientMeasure.of(gradients, squares).withUnits(this, units);
  }

  private int[] indices(Gradients gradients, boolean clipped) {
    return IntStream.range(0, gradients.size())
        .filter(i -> isClipped(gradients.get(i).parameter()) == clipped)
        .toArray();
  }

  private boolean isClipped(ParameterInfo parameter) {
    return (head || !parameter.head()) && parameter.shape().elements() > 0;
  }

  @Override
  public ClipDecision decide(Gradients unread, ClipStep step) {
    GradientMeasure measure = unread.measuredBy(this).orElseGet(() -> measure(unread));
    List<UnitSquares> units = measure.units(this).orElseThrow();
    double bound = lambda.at(step);
    List<GradientEdit> edits = new ArrayList<>();
    double after = 0;
    double allowed = 0;
    float smallest = 1;
    int next = 0;
    for (int i = 0; i < unread.size(); i++) {
      ParameterInfo parameter = unread.get(i).parameter();
      Outcome outcome =
          isClipped(parameter)
              ? clip(units.get(next++), parameter.units(), bound)
              : new Outcome(GradientEdit.NONE, measure.sumOfSquares(i), measure.sumOfSquares(i), 1);
      edits.add(outcome.edit());
      after += outcome.after();
      allowed += outcome.allowed();
      smallest = Math.min(smallest, outcome.smallest());
    }
    ClipRecord record =
        ClipRecord.of(step, "agc", measure).of("unit", 2, measure.norm()).under(Math.sqrt(allowed));
    return smallest == 1
        ? new ClipDecision.Keep(record)
        : new ClipDecision.EditEach(edits, record.clippedTo(smallest, Math.sqrt(after)));
  }

  private Outcome clip(UnitSquares squares, UnitLayout layout, double bound) {
    float[] coefficients = new float[squares.gradient().length];
    double after = 0;
    double allowed = 0;
    float smallest = 1;
    for (int u = 0; u < coefficients.length; u++) {
      double limit = bound * Math.max(Math.sqrt(squares.parameter()[u]), epsilon);
      double norm = Math.sqrt(squares.gradient()[u]);
      float coefficient = Coefficients.of(norm, limit);
      coefficients[u] = coefficient;
      after += norm * coefficient * (norm * coefficient);
      allowed += limit * limit;
      smallest = Math.min(smallest, coefficient);
    }
    return new Outcome(edit(coefficients, layout, smallest), after, allowed, smallest);
  }

  private static GradientEdit edit(float[] coefficients, UnitLayout layout, float smallest) {
    if (smallest == 1) {
      return GradientEdit.NONE;
    }
    return coefficients.length == 1
        ? GradientEdit.scale(smallest)
        : new GradientEdit.PerUnit(coefficients, layout.inner());
  }

  @Override
  public String describe() {
    return String.format(
        Locale.ROOT,
        "agc, lambda %s, epsilon %s, %s",
        lambda.describe(),
        epsilon,
        head ? "head included" : "head excluded");
  }
}
