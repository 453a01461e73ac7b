package dev.swage.compress.proof;

import dev.swage.compress.plan.CompressException;
import dev.swage.graph.Prepared;
import dev.swage.run.ModelSession;
import dev.swage.run.RunException;
import dev.swage.run.SessionOptions;
import dev.swage.tensor.DType;
import dev.swage.tensor.Tensor;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/**
 * Runs a model and its prepared form side by side in ONNX Runtime. Both compute the same in real
 * numbers; in float32 they round differently where normalizations were folded.
 */
final class PreparationCheck {
  /**
   * Rounding of 2⁻²⁴ per operation in sums of some thousand terms, through a hundred layers,
   * relative to the largest element of the output; and room for a network that enlarges it.
   */
  static final double TOLERANCE = 1e-3;

  private final double[] differences;
  private final double[] magnitudes;
  private final ModelSession original;
  private final ModelSession prepared;

  private PreparationCheck(ModelSession original, ModelSession prepared) {
    this.original = original;
    this.prepared = prepared;
    this.differences = new double[original.outputs().size()];
    this.magnitudes = new double[differences.length];
  }

  /**
   * Runs a file and what it was prepared to.
   *
   * @return nothing where nothing was changed or there is nothing to run it on
   * @throws CompressException as {@link #compare}
   */
  static Optional<Agreement> of(Path file, Prepared prepared, List<List<Tensor>> inputs) {
    return of(file, prepared, inputs, TrialModels.anywhere());
  }

  static Optional<Agreement> of(
      Path file, Prepared prepared, List<List<Tensor>> inputs, TrialModels trials) {
    if (prepared.rewrites().isEmpty() || inputs.isEmpty()) {
      return Optional.empty();
    }
    SessionOptions options = SessionOptions.defaults();
    try (ModelSession before = ModelSession.open(file, options);
        ModelSession after = trials.open(file + " (prepared)", prepared.model(), options)) {
      return Optional.of(compare(before, after, inputs));
    }
  }

  /**
   * Compares all outputs on these inputs.
   *
   * @throws CompressException if they differ by more than {@link #TOLERANCE} allows, naming the
   *     output that does most
   */
  static Agreement compare(
      ModelSession original, ModelSession prepared, List<List<Tensor>> inputs) {
    PreparationCheck check = new PreparationCheck(original, prepared);
    inputs.forEach(check::run);
    return check.agreement(inputs.size());
  }

  private void run(List<Tensor> input) {
    List<Tensor> expected = original.run(input);
    List<Tensor> found;
    try {
      found = prepared.run(input);
    } catch (RunException e) {
      throw new CompressException(
          "%s runs as it is and not as prepared: %s".formatted(original.name(), e.getMessage()), e);
    }
    for (int i = 0; i < differences.length; i++) {
      add(i, expected.get(i), found.get(i));
    }
  }

  private void add(int output, Tensor expected, Tensor found) {
    if (!expected.shape().equals(found.shape()) || expected.dtype() != found.dtype()) {
      throw new CompressException(
          "%s: preparing it makes output '%s' %s of %s"
              .formatted(original.name(), name(output), found, expected));
    }
    if (expected.dtype() != DType.FLOAT32) {
      magnitudes[output] = 1;
      if (expected.data().mismatch(found.data()) >= 0) {
        differences[output] = 1;
      }
      return;
    }
    for (long i = 0; i < expected.shape().elements(); i++) {
      float x = expected.getFloat(i);
      float y = found.getFloat(i);
      if (Float.isFinite(x)) {
        magnitudes[output] = Math.max(magnitudes[output], Math.abs(x));
      }
      if (Float.compare(x, y) != 0 && x != y) {
        double difference = Math.abs((double) x - y);
        differences[output] =
            Math.max(differences[output], Double.isNaN(difference) ? Double.MAX_VALUE : difference);
      }
    }
  }

  private String name(int output) {
    return original.outputs().get(output).name();
  }

  private Agreement agreement(int runs) {
    int worst = 0;
    for (int i = 1; i < differences.length; i++) {
      worst = relative(i) > relative(worst) ? i : worst;
    }
    if (relative(worst) > TOLERANCE) {
      throw new CompressException(
          "%s: preparing it changes output '%s' by %s of its largest element, where rounding explains %s; use the model as it is (--no-prepare)"
              .formatted(original.name(), name(worst), relative(worst), TOLERANCE));
    }
    return new Agreement(runs, relative(worst), name(worst));
  }

  private double relative(int output) {
    return differences[output] == 0
        ? 0
        : differences[output] / Math.max(magnitudes[output], Float.MIN_NORMAL);
  }
}
