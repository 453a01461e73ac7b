package dev.swage.compress;

import java.util.Optional;

/**
 * A model file that was quantized into another.
 *
 * @param quantized the model and the account of every weight
 * @param agreement how near the prepared model is to the source; empty when preparing changed
 *     nothing, or the source does not run on the inputs
 * @param verification what was proven about the written file
 * @param bytesBefore size of the source file, with its external data
 * @param bytesAfter size of the written file, with its external data
 */
public record Conversion(
    QuantizedModel quantized,
    Optional<Agreement> agreement,
    Verification verification,
    long bytesBefore,
    long bytesAfter) {
  /** Written size over source size. */
  public double sizeRatio() {
    return (double) bytesAfter / bytesBefore;
  }
}
