package dev.swage.compress;

import dev.swage.compress.CodeMemory.Place;
import dev.swage.compress.WeightDecision.Quantize;
import dev.swage.quant.QuantError;
import dev.swage.quant.QuantParams;
import dev.swage.quant.QuantScheme;
import dev.swage.quant.QuantizedTensor;
import dev.swage.quant.Quantizer;
import dev.swage.quant.RangeEstimator;
import dev.swage.tensor.DType;
import dev.swage.tensor.Shape;
import dev.swage.tensor.Tensor;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.OptionalLong;

/**
 * Quantizes a weight of any size a piece at a time: beside the codes and scales themselves it needs
 * memory for the scales of one piece. Codes and scales have their place from the beginning, so that
 * a model can be put together before any of them is known.
 */
final class WeightQuantizer {
  private final Tensor weight;
  private final QuantScheme scheme;
  private final RangeEstimator range;

  /** Of each filter, where the weight is filters of a convolution. */
  private final OptionalLong channels;

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
      CodeMemory memory,
      OptionalLong channels) {
    this.channels = channels;
    this.weight = weight;
    this.scheme = scheme;
    this.range = range;
    Shape slots = scheme.granularity().paramShape(weight.shape());
    DType zeroType = scheme.storage().isSigned() ? DType.INT8 : DType.UINT8;
    codes = memory.place(scheme.storage(), weight.shape());
    scales = memory.place(DType.FLOAT32, slots);
    zeroPoints = memory.place(zeroType, slots);
  }

  /**
   * Codes of a float32 weight.
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
    return new WeightQuantizer(weight, scheme, range, memory, OptionalLong.empty()).run(size);
  }

  /**
   * Codes of a weight of a model, in its own layout; filters are rounded as {@link FilterRounding}
   * says.
   *
   * @throws IllegalArgumentException if an element is NaN or infinite
   */
  static Result quantize(Weight weight, Quantize how, RangeEstimator range, CodeMemory memory) {
    return of(weight, how, range, memory).run();
  }

  /** As {@link #quantize}, once {@link #run()} is called. */
  static WeightQuantizer of(Weight weight, Quantize how, RangeEstimator range, CodeMemory memory) {
    Tensor own = WeightLayout.own(weight.tensor(), how.form());
    OptionalLong channels =
        weight.isFilter() ? OptionalLong.of(weight.tensor().shape().dim(1)) : OptionalLong.empty();
    return new WeightQuantizer(own, WeightLayout.ownScheme(how), range, memory, channels);
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
    MemorySegment floats = weight.data().asSlice(piece.at() * Float.BYTES, piece.floatBytes());
    Tensor part = Tensor.of(DType.FLOAT32, piece.shape(), floats);
    int bits = scheme.storage().bits();
    MemorySegment to =
        codes
            .bytes()
            .asSlice(piece.at() * bits / 8, scheme.storage().bytes(piece.shape().elements()));
    Quantizer.Measured measured = Quantizer.quantizeAndMeasure(part, scheme, range, to);
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
    noise += channels.isPresent() ? round(part, measured.quantized(), to) : measured.noise();
  }

  /** Rounds whole filters anew; the noise that is left. */
  private double round(Tensor filters, QuantizedTensor nearest, MemorySegment to) {
    QuantizedTensor rounded = FilterRounding.apply(filters, nearest, channels.getAsLong());
    to.copyFrom(rounded.codes().data());
    return QuantError.of(filters, rounded).noise();
  }
}
