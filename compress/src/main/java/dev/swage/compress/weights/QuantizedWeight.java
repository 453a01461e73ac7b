package dev.swage.compress.weights;

import dev.swage.quant.QuantParams;
import dev.swage.quant.QuantScheme;
import dev.swage.quant.QuantizedTensor;
import dev.swage.quant.Quantizer;
import dev.swage.tensor.DType;
import dev.swage.tensor.FloatValues;
import dev.swage.tensor.Shape;
import dev.swage.tensor.Tensor;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/**
 * A weight as integer codes, of any size: codes and scales may lie in a mapped file.
 *
 * @param scheme how it was quantized
 * @param codes in the scheme's storage type, packed
 * @param scales FLOAT32, {@link dev.swage.quant.Granularity#paramShape}
 * @param zeroPoints of that shape, INT8 for signed storage and UINT8 for unsigned, a byte each
 */
public record QuantizedWeight(QuantScheme scheme, Tensor codes, Tensor scales, Tensor zeroPoints) {

  /** The shape of the codes. */
  public Shape shape() {
    return codes.shape();
  }

  /**
   * The same with scales and zero points in arrays.
   *
   * @throws ArithmeticException if there are more of them than an array holds
   */
  public QuantizedTensor tensor() {
    return piece(codes.shape(), scales.shape(), 0, 0);
  }

  /**
   * The numbers that the codes stand for, a piece at a time, in memory of this kind.
   *
   * @param type of the weight
   */
  public Tensor dequantized(DType type, CodeMemory memory) {
    MemorySegment numbers = memory.allocate(type.bytes(shape().elements()));
    long at = 0;
    for (WeightPieces.Piece piece : WeightPieces.of(shape(), scheme.granularity())) {
      QuantizedTensor codes = piece(piece.shape(), piece.scales(), piece.at(), piece.scalesAt());
      long bytes = type.bytes(piece.shape().elements());
      FloatValues.write(Quantizer.dequantize(codes), type, numbers.asSlice(at, bytes));
      at += bytes;
    }
    return Tensor.of(type, shape(), numbers);
  }

  private QuantizedTensor piece(Shape shape, Shape params, long at, long scalesAt) {
    int count = Math.toIntExact(params.elements());
    float[] scale = new float[count];
    MemorySegment.copy(
        scales.data(), Tensor.LE_FLOAT, scalesAt * Float.BYTES, scale, 0, scale.length);
    int[] zero = new int[count];
    for (int i = 0; i < count; i++) {
      byte stored = zeroPoints.data().get(ValueLayout.JAVA_BYTE, scalesAt + i);
      zero[i] = scheme.storage().isSigned() ? stored : stored & 0xff;
    }
    MemorySegment bytes =
        codes
            .data()
            .asSlice(at * scheme.storage().bits() / 8, scheme.storage().bytes(shape.elements()));
    return new QuantizedTensor(
        scheme, new QuantParams(params, scale, zero), Tensor.of(scheme.storage(), shape, bytes));
  }
}
