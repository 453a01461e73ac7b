package dev.swage.compress.qdq;

import dev.swage.quant.Granularity;
import dev.swage.quant.QuantScheme;
import dev.swage.quant.range.ActivationEstimator;

/**
 * How values and weights become codes with ranges fixed ahead.
 *
 * @param estimator of every range that is not fixed by the operator
 * @param activations the scheme of every activation: 8 bits, asymmetric, per tensor
 * @param weightBits 8, or 7 for the reduced range of {@link QuantScheme}
 * @param perTensor whether a weight has one scale, not one per output channel
 */
public record QdqOptions(
    ActivationEstimator estimator, QuantScheme activations, int weightBits, boolean perTensor) {
  /** The scheme of activations where nothing else is asked for. */
  public static final QuantScheme UNSIGNED = QuantScheme.asymmetric(8, Granularity.perTensor());

  public QdqOptions {
    if (activations.symmetric()
        || activations.bits() != 8
        || !activations.granularity().equals(Granularity.perTensor())) {
      throw new IllegalArgumentException(
          "activations need 8 bits, a zero point and one scale, got " + activations);
    }
    if (weightBits != QuantScheme.REDUCED_BITS && weightBits != 8) {
      throw new IllegalArgumentException("weights have 7 or 8 bits, got " + weightBits);
    }
  }

  /** Unsigned activations, weights of 8 bits per channel. */
  public static QdqOptions of(ActivationEstimator estimator) {
    return new QdqOptions(estimator, UNSIGNED, 8, false);
  }

  public QdqOptions withActivations(QuantScheme scheme) {
    return new QdqOptions(estimator, scheme, weightBits, perTensor);
  }

  public QdqOptions withWeightBits(int bits) {
    return new QdqOptions(estimator, activations, bits, perTensor);
  }

  public QdqOptions withOneScalePerWeight(boolean one) {
    return new QdqOptions(estimator, activations, weightBits, one);
  }
}
