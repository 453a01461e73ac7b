package dev.swage.compress.dynamic;

import dev.swage.quant.BalancedRounding;
import dev.swage.quant.Granularity;
import dev.swage.quant.QuantParams;
import dev.swage.quant.QuantScheme;
import dev.swage.quant.QuantizedTensor;
import dev.swage.quant.Quantizer;
import dev.swage.quant.RangeEstimator;
import dev.swage.tensor.Shape;
import dev.swage.tensor.Tensor;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;

/**
 * A weight and its codes, before they are laid out for an operator.
 *
 * @param floats the weight; that of an LSTM, {@code [D, 4H, I]}, as {@code [D·4H, I]}
 * @param quantized its codes in that shape
 */
record CodedWeight(Tensor floats, QuantizedTensor quantized) {
  /**
   * Min-max codes. Those of an LSTM, which comes back to its errors at every step, are balanced in
   * each row ({@link BalancedRounding}): its inputs are mostly of one sign, as Relu leaves them.
   *
   * @throws IllegalArgumentException if an element is not finite
   */
  static CodedWeight of(Tensor weight, DynamicOperator operator, QuantScheme scheme) {
    if (operator != DynamicOperator.LSTM) {
      return new CodedWeight(weight, quantize(weight, scheme));
    }
    Shape shape = weight.shape();
    Tensor rows = weight.reshaped(Shape.of(shape.dim(0) * shape.dim(1), shape.dim(2)));
    QuantScheme byRow =
        new QuantScheme(scheme.storage(), scheme.bits(), true, Granularity.perChannel(0));
    return new CodedWeight(rows, balanced(rows, quantize(rows, byRow)));
  }

  /** One-byte codes of a matrix with a scale for each row. */
  private static QuantizedTensor balanced(Tensor rows, QuantizedTensor nearest) {
    int columns = Math.toIntExact(rows.shape().dim(1));
    MemorySegment codes = MemorySegment.ofArray(new byte[(int) rows.shape().elements()]);
    int[] own = new int[columns];
    double[] errors = new double[columns];
    for (int row = 0; row < rows.shape().dim(0); row++) {
      long start = (long) row * columns;
      float scale = nearest.params().scales()[row];
      for (int i = 0; i < columns; i++) {
        own[i] = nearest.codes().data().get(ValueLayout.JAVA_BYTE, start + i);
        errors[i] = (double) rows.getFloat(start + i) / scale - own[i];
      }
      BalancedRounding.balance(own, errors, nearest.scheme());
      for (int i = 0; i < columns; i++) {
        codes.set(ValueLayout.JAVA_BYTE, start + i, (byte) own[i]);
      }
    }
    return new QuantizedTensor(
        nearest.scheme(),
        nearest.params(),
        Tensor.of(nearest.codes().dtype(), rows.shape(), codes));
  }

  private static QuantizedTensor quantize(Tensor weight, QuantScheme scheme) {
    QuantizedTensor fitted = Quantizer.quantize(weight, scheme, RangeEstimator.minMax());
    if (scheme.storage().isSigned() || !scheme.symmetric()) {
      return fitted;
    }
    // A channel of zeros has zero point 0 by rule; kernels want the same for all.
    int[] middle = new int[fitted.params().zeroPoints().length];
    Arrays.fill(middle, scheme.qmax() / 2);
    return Quantizer.encode(
        weight, scheme, new QuantParams(fitted.params().shape(), fitted.params().scales(), middle));
  }
}
