package dev.swage.compress;

/**
 * A model file that was quantized into another.
 *
 * @param quantized the model and the account of every weight
 * @param verification what was proven about the written file
 * @param bytesBefore size of the source file, with its external data
 * @param bytesAfter size of the written file, with its external data
 */
public record Conversion(
    QuantizedModel quantized, Verification verification, long bytesBefore, long bytesAfter) {
  /** Written size over source size. */
  public double sizeRatio() {
    return (double) bytesAfter / bytesBefore;
  }
}
