package dev.swage.compress;

import java.util.Optional;
import java.util.OptionalDouble;

/**
 * A model file that was quantized into another.
 *
 * @param planned what was decided
 * @param agreement how near the prepared model is to the source; empty when preparing changed
 *     nothing
 * @param proof what was found to hold for the file
 * @param accuracyDrop accuracy of the source less that of the file; empty where it is not bounded
 * @param bytesBefore size of the source file, with its external data
 * @param bytesAfter size of the quantized file, with its external data, written or not
 * @param outcome whether the file took the output's place
 */
public record ModelConversion(
    PlannedModel planned,
    Optional<Agreement> agreement,
    Proof proof,
    OptionalDouble accuracyDrop,
    long bytesBefore,
    long bytesAfter,
    Outcome outcome) {
  public boolean written() {
    return outcome == Outcome.WRITTEN;
  }

  /** Quantized size over source size. */
  public double sizeRatio() {
    return (double) bytesAfter / bytesBefore;
  }
}
