package dev.swage.compress;

import java.util.Optional;
import java.util.OptionalDouble;

/**
 * What was found to hold for a written file.
 *
 * @param tensors initializers of codes, scales and zero points that were read back bit for bit
 * @param runs inputs on which ONNX Runtime's outputs were compared with those of the source model
 *     holding the dequantized weights
 * @param maxAbsDiff largest difference of an output element in those runs
 * @param outputSqnrDb signal to difference over all outputs of those runs; +∞ when equal
 * @param sourceSqnrDb signal to noise of all outputs of those runs, against the source model: what
 *     the codes of the weights lose; empty where the source was not run
 * @param notRun why the file was not run; empty when it was
 */
public record Verification(
    int tensors,
    int runs,
    double maxAbsDiff,
    double outputSqnrDb,
    OptionalDouble sourceSqnrDb,
    Optional<String> notRun) {

  /** Nothing was looked at. */
  static Verification none(String reason) {
    return codesOnly(0, reason);
  }

  /** Tensors were read back, and nothing was run. */
  static Verification codesOnly(int tensors, String reason) {
    return new Verification(
        tensors, 0, 0, Double.POSITIVE_INFINITY, OptionalDouble.empty(), Optional.of(reason));
  }

  Verification because(Optional<String> reason) {
    return new Verification(tensors, runs, maxAbsDiff, outputSqnrDb, sourceSqnrDb, reason);
  }
}
