package dev.swage.compress.weights;

import dev.swage.compress.plan.WeightForm;
import dev.swage.compress.plan.WeightSlot;
import dev.swage.compress.weights.CodeMemory.Place;
import dev.swage.kernel.Quantization;
import dev.swage.tensor.DType;
import dev.swage.tensor.FloatValues;
import dev.swage.tensor.Tensor;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * A weight's initializers as DequantizeLinear reads them.
 *
 * @param codes in the scheme's storage type
 * @param scales of the {@link ScaleType} of the weight
 * @param zeroPoints in the codes' type and the scales' shape; empty for a symmetric scheme
 * @param fill what is to be done once the weight has codes: until then those of these that are not
 *     the weight's own hold nothing
 */
record StoredWeight(Tensor codes, Tensor scales, Optional<Tensor> zeroPoints, Runnable fill) {

  /**
   * Of codes.
   *
   * @param type of the scales
   */
  static StoredWeight of(
      QuantizedWeight weight, WeightSlot slot, ScaleType type, CodeMemory memory) {
    DType storage = slot.scheme().storage();
    boolean transposed = slot.form() == WeightForm.TRANSPOSED;
    boolean scalesToo = transposed && weight.scales().shape().rank() == 2;
    List<Runnable> moves = new ArrayList<>();
    Runnable fill = () -> moves.forEach(Runnable::run);
    Tensor codes = weight.codes();
    if (transposed) {
      Place place = memory.place(storage, WeightLayout.transposed(codes.shape()));
      moves.add(() -> WeightLayout.transposeCodes(weight.codes(), place));
      codes = place.tensor();
    }
    Tensor scales = weight.scales();
    if (scalesToo) {
      Place place = memory.place(scales.dtype(), WeightLayout.transposed(scales.shape()));
      moves.add(() -> WeightLayout.transpose(weight.scales(), place));
      scales = place.tensor();
    }
    if (type.type() != scales.dtype()) {
      Tensor floats = scales;
      Place place = memory.place(type.type(), floats.shape());
      moves.add(() -> FloatValues.write(floats, type.type(), place.bytes()));
      scales = place.tensor();
    }
    if (slot.scheme().symmetric()) {
      return new StoredWeight(codes, scales, Optional.empty(), fill);
    }
    Tensor zeroPoints = weight.zeroPoints();
    if (scalesToo || storage.bits() < 8) {
      Place place = memory.place(storage, scales.shape());
      moves.add(
          scalesToo
              ? () -> WeightLayout.transposeCodes(weight.zeroPoints(), place)
              : () -> Quantization.pack(weight.zeroPoints().data(), place.bytes(), storage.bits()));
      zeroPoints = place.tensor();
    }
    return new StoredWeight(codes, scales, Optional.of(zeroPoints), fill);
  }
}
