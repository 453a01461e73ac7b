package dev.swage.compress.weights;

import dev.swage.compress.plan.Rounding;
import dev.swage.compress.plan.WeightSlot;
import dev.swage.compress.weights.CodeMemory.Place;
import dev.swage.quant.QuantError;
import dev.swage.quant.QuantParams;
import dev.swage.quant.QuantScheme;
import dev.swage.quant.QuantizedTensor;
import dev.swage.quant.Quantizer;
import dev.swage.quant.RangeEstimator;
import dev.swage.tensor.DType;
import dev.swage.tensor.FloatValues;
import dev.swage.tensor.Shape;
import dev.swage.tensor.Tensor;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;
import java.util.Optional;

/**
 * Quantizes a weight of any size a piece at a time: beside the codes and scales themselves it needs
 * memory for the scales of one piece. Codes and scales have their place from the beginning, so that
 * a model can be put together before any of them is known. Elements of other types than float32 are
 * read as float32, and scales are such as the {@link ScaleType} can hold.
 */
final class WeightQuantizer {
  private final Tensor weight;
  private final QuantScheme scheme;
  private final RangeEstimator range;

  private final WeightRounding rounding;
  private final Place codes;
  private final Place scales;
  private final Place zeroPoints;

  private double signal;
  private double noise;

  /**
   * A weight's codes.
   *
   * @param signal Σ w²
   * @param noise Σ (w − ŵ)²
   */
  record Result(QuantizedWeight weight, double signal, double noise) {
    /** Signal to quantization noise in decibels; +∞ when nothing was lost. */
    double sqnrDb() {
      return noise == 0 ? Double.POSITIVE_INFINITY : 10 * Math.log10(signal / noise);
    }

    /** {@code ‖w − ŵ‖ / ‖w‖}. */
    double relativeError() {
      return noise == 0 ? 0 : Math.sqrt(noise / signal);
    }
  }

  private WeightQuantizer(
      Tensor weight,
      QuantScheme scheme,
      RangeEstimator range,
      WeightRounding rounding,
      CodeMemory memory) {
    this.weight = weight;
    this.scheme = scheme;
    this.range = range;
    this.rounding = rounding;
    Shape slots = scheme.granularity().paramShape(weight.shape());
    DType zeroType = scheme.storage().isSigned() ? DType.INT8 : DType.UINT8;
    codes = memory.place(scheme.storage(), weight.shape());
    scales = memory.place(DType.FLOAT32, slots);
    zeroPoints = memory.place(zeroType, slots);
  }

  /**
   * Codes of a weight, rounded to the nearest.
   *
   * @throws IllegalArgumentException if an element is NaN or infinite
   */
  static Result quantize(
      Tensor weight, QuantScheme scheme, RangeEstimator range, CodeMemory memory) {
    return quantize(weight, scheme, range, memory, WeightPieces.SIZE);
  }

  /** In pieces of about {@code size} elements, which changes no code. */
  static Result quantize(
      Tensor weight, QuantScheme scheme, RangeEstimator range, CodeMemory memory, long size) {
    WeightRounding nearest = WeightRounding.of(Rounding.NEAREST);
    return new WeightQuantizer(weight, scheme, range, nearest, memory).run(size);
  }

  /** Codes of a weight of a model, in its own layout, once {@link #run()} is called. */
  static WeightQuantizer of(Weight weight, WeightSlot slot, CodeMemory memory) {
    Tensor own = WeightLayout.own(weight.tensor(), slot.form());
    return of(own, WeightLayout.ownScheme(slot), slot, memory);
  }

  /**
   * As {@link #of(Weight, WeightSlot, CodeMemory)}, of a part of a weight.
   *
   * @param part in the layout it is quantized in
   * @param scheme the slot's in that layout
   */
  static WeightQuantizer of(Tensor part, QuantScheme scheme, WeightSlot slot, CodeMemory memory) {
    return new WeightQuantizer(
        part, scheme, slot.range(), WeightRounding.of(slot.rounding()), memory);
  }

  /** Where codes and scales are once it has run. */
  QuantizedWeight weight() {
    return new QuantizedWeight(scheme, codes.tensor(), scales.tensor(), zeroPoints.tensor());
  }

  /**
   * Makes codes and scales.
   *
   * @throws IllegalArgumentException if an element is NaN or infinite
   */
  Result run() {
    return run(WeightPieces.SIZE);
  }

  private Result run(long size) {
    WeightPieces.of(weight.shape(), scheme.granularity(), size).forEach(this::add);
    return new Result(weight(), signal, noise);
  }

  private void add(WeightPieces.Piece piece) {
    if (weight.dtype() == DType.FLOAT32) {
      MemorySegment floats = weight.data().asSlice(piece.at() * Float.BYTES, piece.floatBytes());
      add(piece, Tensor.of(DType.FLOAT32, piece.shape(), floats));
      return;
    }
    // Not for float32: closing a shared arena makes all threads wait.
    try (Arena arena = Arena.ofShared()) {
      MemorySegment floats = arena.allocate(piece.floatBytes(), Float.BYTES);
      FloatValues.read(weight, piece.at(), floats);
      add(piece, Tensor.of(DType.FLOAT32, piece.shape(), floats));
    }
  }

  /** Scales that were given, of a piece. */
  private RangeEstimator range(WeightPieces.Piece piece) {
    if (!(range instanceof RangeEstimator.Given(QuantParams all))) {
      return range;
    }
    int from = Math.toIntExact(piece.scalesAt());
    int to = from + Math.toIntExact(piece.scales().elements());
    return RangeEstimator.given(
        new QuantParams(
            piece.scales(),
            Arrays.copyOfRange(all.scales(), from, to),
            Arrays.copyOfRange(all.zeroPoints(), from, to)));
  }

  private void add(WeightPieces.Piece piece, Tensor part) {
    int bits = scheme.storage().bits();
    MemorySegment to =
        codes
            .bytes()
            .asSlice(piece.at() * bits / 8, scheme.storage().bytes(piece.shape().elements()));
    Quantizer.Measured measured =
        ScaleType.of(weight.dtype())
            .rounded(part, Quantizer.quantizeAndMeasure(part, scheme, range(piece), to), to);
    QuantParams params = measured.quantized().params();
    long at = piece.scalesAt();
    MemorySegment.copy(
        params.scales(),
        0,
        scales.bytes(),
        Tensor.LE_FLOAT,
        at * Float.BYTES,
        params.scales().length);
    for (int i = 0; i < params.zeroPoints().length; i++) {
      zeroPoints.bytes().set(ValueLayout.JAVA_BYTE, at + i, (byte) params.zeroPoints()[i]);
    }
    signal += measured.signal();
    Optional<QuantizedTensor> rounded =
        rounding.round(part, measured.quantized(), Optional.empty());
    if (rounded.isPresent()) {
      to.copyFrom(rounded.get().codes().data());
      noise += QuantError.of(part, rounded.get()).noise();
    } else {
      noise += measured.noise();
    }
  }
}
