package dev.swage.compress;

import dev.swage.compress.WeightDecision.Quantize;
import dev.swage.tensor.DType;
import dev.swage.tensor.Tensor;
import java.util.Optional;

/**
 * A weight's initializers as DequantizeLinear reads them.
 *
 * @param codes in the scheme's storage type
 * @param scales FLOAT32
 * @param zeroPoints in the codes' type and the scales' shape; empty for a symmetric scheme
 */
record StoredWeight(Tensor codes, Tensor scales, Optional<Tensor> zeroPoints) {
  static StoredWeight of(QuantizedWeight weight, Quantize decision, CodeMemory memory) {
    DType storage = decision.scheme().storage();
    boolean symmetric = decision.scheme().symmetric();
    if (decision.form() != WeightForm.TRANSPOSED) {
      return new StoredWeight(
          weight.codes(),
          weight.scales(),
          symmetric ? Optional.empty() : Optional.of(packed(weight.zeroPoints(), storage, memory)));
    }
    boolean matrix = weight.scales().shape().rank() == 2;
    Tensor zeroPoints =
        matrix ? WeightLayout.transposed(weight.zeroPoints(), memory) : weight.zeroPoints();
    return new StoredWeight(
        WeightLayout.transposedCodes(weight.codes(), storage, memory),
        matrix ? WeightLayout.transposed(weight.scales(), memory) : weight.scales(),
        symmetric ? Optional.empty() : Optional.of(packed(zeroPoints, storage, memory)));
  }

  private static Tensor packed(Tensor bytes, DType storage, CodeMemory memory) {
    return Bytes.packed(storage, bytes.shape(), bytes.data(), memory);
  }
}
