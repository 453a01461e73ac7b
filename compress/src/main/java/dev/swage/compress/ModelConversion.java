package dev.swage.compress;

import java.util.Optional;

/**
 * A model file that was quantized into another.
 *
 * @param planned what was decided
 * @param agreement how near the prepared model is to the source; empty when preparing changed
 *     nothing
 * @param proof what was found to hold for the file
 * @param bytesBefore size of the source file, with its external data
 * @param bytesAfter size of the quantized file, with its external data
 * @param written whether the file took the output's place: not when it is to be faster than the
 *     source and is not
 */
public record ModelConversion(
    PlannedModel planned,
    Optional<Agreement> agreement,
    Proof proof,
    long bytesBefore,
    long bytesAfter,
    boolean written) {
  /** Quantized size over source size. */
  public double sizeRatio() {
    return (double) bytesAfter / bytesBefore;
  }
}
