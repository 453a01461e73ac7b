package dev.swage.train.quantize;

import java.util.Arrays;
import java.util.Locale;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Collectors;

/**
 * How a quantizer gets its scale while a model is trained through it, and how gradients pass. Of
 * all of them, an element that is not clipped hands its gradient on as it is (straight-through);
 * one that is clipped hands on none. With {@code v = x / s} and codes {@code n … p} less the zero
 * point:
 */
public enum QuantizerMethod {
  /** The scale stays what it was in the beginning, as calibration or a range gave it. */
  FIXED,
  /**
   * The scale follows the range: that of a weight's elements at every step, and of an activation
   * the moving average of each batch's smallest and largest value. It has no gradient.
   */
  STE,
  /**
   * The scale is trained: {@code ∂x̂/∂s = round(v) − v} inside, {@code n} below, {@code p} above,
   * times {@code 1/√(N·p)} for N elements of a weight with this scale, or of one sample's
   * activation (Esser et al.: Learned step size quantization, 2020).
   */
  LSQ,
  /**
   * As {@link #LSQ}, and the offset of activations is trained too: with {@code β = −z·s}, {@code
   * ∂x̂/∂β} is 1 where x is clipped and 0 elsewhere (Bhalgat et al.: LSQ+, 2020). The zero point z
   * is rounded to a whole code at every step, as in the file.
   */
  LSQ_PLUS,
  /**
   * The bound {@code α = p·s} is trained by what is clipped alone: {@code ∂x̂/∂α} is 1 above it and
   * 0 elsewhere (Choi et al.: PACT, 2018). Weights are as with {@link #STE}.
   */
  PACT;

  /** As recipes have it: {@code fixed}, {@code ste}, {@code lsq}, {@code lsq+}, {@code pact}. */
  public String word() {
    return name().toLowerCase(Locale.ROOT).replace("_plus", "+");
  }

  /** All by their words. */
  public static Map<String, QuantizerMethod> byWord() {
    return Arrays.stream(values())
        .collect(Collectors.toMap(QuantizerMethod::word, Function.identity()));
  }

  /** Whether the scale of a quantizer of this kind is trained by gradients. */
  boolean trainsScale(boolean weight) {
    return switch (this) {
      case FIXED, STE -> false;
      case LSQ, LSQ_PLUS -> true;
      case PACT -> !weight;
    };
  }
}
