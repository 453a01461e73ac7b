package dev.swage.train.quantize;

import java.util.Locale;

/** A step size (scale) that training made zero, negative or not a number. */
public final class StepSizeException extends RuntimeException {
  private static final long serialVersionUID = 1;

  StepSizeException(String value, int index, float scale) {
    super(
        String.format(
            Locale.ROOT,
            "the step size of '%s'%s became %s: lower the learning rate, or clip the quantizers' gradients",
            value,
            index == 0 ? "" : " (number " + index + ")",
            scale));
  }

  /**
   * Refuses a range that no step size fits.
   *
   * @param value whose it is
   * @param range its width, or its largest magnitude
   */
  public static void require(String value, float range) {
    if (!Float.isFinite(range)) {
      throw new StepSizeException(value, 0, range);
    }
  }
}
