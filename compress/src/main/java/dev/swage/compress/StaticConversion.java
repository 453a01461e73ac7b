package dev.swage.compress;

import dev.swage.compress.calibrate.Calibration;
import dev.swage.compress.prepare.Prepared;
import dev.swage.compress.qdq.QdqModel;
import java.util.Optional;

/**
 * A model file whose weights and activations were quantized.
 *
 * @param quantized the model and the decision on every node
 * @param prepared what was quantized: the source with what was done to it first
 * @param agreement how near the prepared model is to the source; empty when preparing changed
 *     nothing
 * @param range name of the estimator that chose the activations' ranges
 * @param calibration what was observed of the activations
 * @param proof what was found to hold for the file
 * @param bytesBefore size of the source file, with its external data
 * @param bytesAfter size of the quantized file, with its external data
 * @param written whether the file took the output's place: not when it is to be faster than the
 *     source and is not
 */
public record StaticConversion(
    QdqModel quantized,
    Prepared prepared,
    Optional<Agreement> agreement,
    String range,
    Calibration calibration,
    StaticProof proof,
    long bytesBefore,
    long bytesAfter,
    boolean written) {
  /** Quantized size over source size. */
  public double sizeRatio() {
    return (double) bytesAfter / bytesBefore;
  }
}
