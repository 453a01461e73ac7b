package dev.swage.compress;

import dev.swage.compress.proof.Agreement;
import dev.swage.compress.proof.Damage;
import dev.swage.compress.proof.Proof;
import dev.swage.compress.write.QuantizedModel;
import java.util.Optional;

/**
 * A model file that was quantized into another.
 *
 * @param planned what was decided
 * @param quantized the model, and the account of every weight
 * @param agreement how near the prepared model is to the source; empty when preparing changed
 *     nothing, or the source was not run
 * @param proof what was found to hold for the file
 * @param damage what is wrong with the file's outputs
 * @param bytesBefore size of the source file, with its external data
 * @param bytesAfter size of the quantized file, with its external data, written or not
 * @param outcome whether the file took the output's place
 */
public record Conversion(
    PlannedModel planned,
    QuantizedModel quantized,
    Optional<Agreement> agreement,
    Proof proof,
    Damage damage,
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
