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
}
