package dev.swage.compress.proof;

import dev.swage.compress.plan.CompressException;
import dev.swage.compress.planner.SourceModel;
import dev.swage.run.ModelSession;
import dev.swage.run.RunException;
import dev.swage.run.SessionOptions;
import dev.swage.run.SessionOptions.GraphOptimization;
import dev.swage.tensor.Tensor;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.function.Function;

/**
 * Runs a model and its prepared form side by side in ONNX Runtime. Both compute the same in real
 * numbers; they round differently where normalizations were folded.
 *
 * <p>ONNX Runtime folds and fuses too, whenever it loads a model. Where the prepared form differs
 * by more than rounding explains, the original as it is written is held against the original as
 * ONNX Runtime optimizes it, on the same inputs. An output that this changes is no more certain
 * than that: preparing may change it by {@value #TIMES} times as much.
 */
final class PreparationCheck {
  /** One reordering may hit an output harder than another does; some times, not many. */
  private static final double TIMES = 4;

  private final ModelSession original;
  private final List<List<Tensor>> inputs;

  private PreparationCheck(ModelSession original, List<List<Tensor>> inputs) {
    this.original = original;
    this.inputs = inputs;
  }

  /**
   * Runs a file and what it was prepared to.
   *
   * @return nothing where nothing was changed or there is nothing to run it on
   * @throws CompressException if outputs differ by more than rounding and ONNX Runtime's own
   *     optimizer explain, naming the output that does most
   */
  static Optional<Agreement> of(SourceModel source, List<List<Tensor>> inputs, TrialModels trials) {
    if (source.prepared().rewrites().isEmpty() || inputs.isEmpty()) {
      return Optional.empty();
    }
    double tolerance = RoundingTolerance.of(source.file().model().graph());
    SessionOptions options = SessionOptions.defaults();
    try (ModelSession before = ModelSession.open(source.path(), options);
        ModelSession after = trials.open(source.path() + " (prepared)", source.model(), options)) {
      PreparationCheck check = new PreparationCheck(before, inputs);
      double[] made = check.prepared(after);
      Optional<double[]> own =
          made[worst(made)] <= tolerance ? Optional.empty() : Optional.of(check.optimizer(source));
      return Optional.of(check.agreement(made, own, tolerance));
    }
  }

  /** What preparing changes, by output. */
  private double[] prepared(ModelSession prepared) {
    try {
      return differences(prepared);
    } catch (RunException e) {
      if (e.isLimited()) {
        throw e;
      }
      // Inputs that the model does not take either are no fault of preparing it.
      inputs.forEach(original::run);
      throw new CompressException(
          "%s runs as it is and not as prepared: %s; use the model as it is (--no-prepare)"
              .formatted(original.name(), e.getMessage()),
          e);
    }
  }

  /** What ONNX Runtime's own optimizer changes; nothing where it cannot do without. */
  private double[] optimizer(SourceModel source) {
    SessionOptions asWritten = SessionOptions.defaults().withOptimization(GraphOptimization.NONE);
    try (ModelSession written = ModelSession.open(source.path(), asWritten)) {
      return differences(written);
    } catch (RunException e) {
      return new double[original.outputs().size()];
    }
  }

  private double[] differences(ModelSession other) {
    OutputDifference[] differences = new OutputDifference[original.outputs().size()];
    for (int i = 0; i < differences.length; i++) {
      differences[i] = new OutputDifference();
    }
    for (List<Tensor> input : inputs) {
      List<Tensor> expected = original.run(input);
      List<Tensor> found = other.run(input);
      for (int i = 0; i < differences.length; i++) {
        requireSameForm(i, expected.get(i), found.get(i));
        differences[i].add(expected.get(i), found.get(i));
      }
    }
    double[] relative = new double[differences.length];
    for (int i = 0; i < relative.length; i++) {
      relative[i] = differences[i].relative();
    }
    return relative;
  }

  private void requireSameForm(int output, Tensor expected, Tensor found) {
    if (!expected.shape().equals(found.shape()) || expected.dtype() != found.dtype()) {
      throw new CompressException(
          "%s: preparing it makes output '%s' %s of %s; use the model as it is (--no-prepare)"
              .formatted(original.name(), name(output), found, expected));
    }
  }

  private Agreement agreement(double[] made, Optional<double[]> own, double tolerance) {
    double[] excess = new double[made.length];
    for (int i = 0; i < made.length; i++) {
      excess[i] = made[i] / Math.max(tolerance, TIMES * own.map(difference(i)).orElse(0.0));
    }
    int worst = worst(made);
    int failing = worst(excess);
    if (excess[failing] > 1) {
      throw new CompressException(
          String.format(
              Locale.ROOT,
              "%s: preparing it changes output '%s' by %.3g of its largest element, where rounding"
                  + " explains %.3g and ONNX Runtime's own optimizer changes %.3g; use the model as"
                  + " it is (--no-prepare), or export it at a later operator set",
              original.name(),
              name(failing),
              made[failing],
              tolerance,
              own.map(difference(failing)).orElse(0.0)));
    }
    OptionalDouble runtime =
        own.isPresent() ? OptionalDouble.of(own.get()[worst]) : OptionalDouble.empty();
    return new Agreement(inputs.size(), made[worst], name(worst), runtime);
  }

  private static Function<double[], Double> difference(int output) {
    return differences -> differences[output];
  }

  private static int worst(double[] differences) {
    int worst = 0;
    for (int i = 1; i < differences.length; i++) {
      worst = differences[i] > differences[worst] ? i : worst;
    }
    return worst;
  }

  private String name(int output) {
    return original.outputs().get(output).name();
  }
}
