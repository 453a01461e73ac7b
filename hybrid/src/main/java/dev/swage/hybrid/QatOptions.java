package dev.swage.hybrid;

import dev.swage.compress.weights.WeightOptions;
import dev.swage.train.quantize.QuantizerMethod;
import java.util.OptionalInt;
import java.util.Set;

/**
 * What a model is trained for.
 *
 * @param weights bits, grouping and range of weights
 * @param activationBits 4 to 8 for activations with ranges fixed ahead; 0 for floats
 * @param method how scales follow while training
 * @param scalesGradient whether the gradient of a trained scale is divided by {@code √(N·qmax)}
 * @param ends bits of the weights of the first and the last node that has one, at least {@code
 *     weights.bits()}; those layers lose most. Where nobody says: {@link #endBits}
 */
public record QatOptions(
    WeightOptions weights,
    int activationBits,
    QuantizerMethod method,
    boolean scalesGradient,
    OptionalInt ends) {
  private static final int LEAST = 2;
  private static final int LEAST_OF_ACTIVATIONS = 4;
  private static final int MOST = 8;

  public QatOptions {
    if (weights.bits() < LEAST || weights.bits() > MOST) {
      throw new IllegalArgumentException("weights need 2…8 bits, got " + weights.bits());
    }
    if (activationBits != 0 && (activationBits < LEAST_OF_ACTIVATIONS || activationBits > MOST)) {
      throw new IllegalArgumentException(
          "activations need 4…8 bits, or 0 for floats, got " + activationBits);
    }
    int least = weights.bits();
    ends.ifPresent(bits -> {
      if (bits < least || bits > MOST) {
        throw new IllegalArgumentException(
            "the first and last layer need %d…8 bits, got %d".formatted(least, bits));
      }
    });
  }

  /** Weights of so many bits and activations of 8, LSQ. */
  public static QatOptions of(int bits) {
    return new QatOptions(
        WeightOptions.int8().withBits(bits), MOST, QuantizerMethod.LSQ, true, OptionalInt.empty());
  }

  public QatOptions withWeights(WeightOptions options) {
    OptionalInt least =
        ends.isPresent()
            ? OptionalInt.of(Math.max(ends.getAsInt(), options.bits()))
            : OptionalInt.empty();
    return new QatOptions(options, activationBits, method, scalesGradient, least);
  }

  public QatOptions withActivationBits(int bits) {
    return new QatOptions(weights, bits, method, scalesGradient, ends);
  }

  public QatOptions withMethod(QuantizerMethod how) {
    return new QatOptions(weights, activationBits, how, scalesGradient, ends);
  }

  public QatOptions withScalesGradient(boolean scaled) {
    return new QatOptions(weights, activationBits, method, scaled, ends);
  }

  public QatOptions withEndBits(int bits) {
    return new QatOptions(weights, activationBits, method, scalesGradient, OptionalInt.of(bits));
  }

  /**
   * Bits of the first and the last node's weights: those that were said, else 8 beside codes of
   * activations, and those of all weights where activations stay floats.
   */
  public int endBits() {
    return ends.orElse(fixesRanges() ? MOST : weights.bits());
  }

  /** The same, with nodes or weights that stay floats. */
  public QatOptions excluding(Set<String> names) {
    return withWeights(weights.excluding(names));
  }

  /** Whether activations become codes too. */
  public boolean fixesRanges() {
    return activationBits > 0;
  }
}
