package dev.swage.compress;

import java.util.Optional;

/**
 * What was found to hold for a written file.
 *
 * @param tensors initializers of codes, scales and zero points that were read back bit for bit
 * @param runs inputs on which ONNX Runtime's outputs were compared with those of the source model
 *     holding the dequantized weights
 * @param maxAbsDiff largest difference of an output element in those runs
 * @param outputSqnrDb signal to difference over all outputs of those runs; +∞ when equal
 * @param notRun why the file was not run; empty when it was
 */
public record Verification(
    int tensors, int runs, double maxAbsDiff, double outputSqnrDb, Optional<String> notRun) {

  /** Nothing was looked at. */
  static Verification none(String reason) {
    return new Verification(0, 0, 0, Double.POSITIVE_INFINITY, Optional.of(reason));
  }

  Verification because(Optional<String> reason) {
    return new Verification(tensors, runs, maxAbsDiff, outputSqnrDb, reason);
  }
}
