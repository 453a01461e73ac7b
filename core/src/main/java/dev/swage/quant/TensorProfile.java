package dev.swage.quant;

import dev.swage.tensor.Shape;
import dev.swage.tensor.Tensor;
import java.util.List;
import java.util.OptionalInt;
import java.util.stream.DoubleStream;

/**
 * How a tensor's values are distributed, and what each bit width would cost it. Statistics are over
 * the finite elements; where some are not finite there are no width errors and no recommendation.
 *
 * @param name the tensor's name
 * @param shape its shape
 * @param count number of elements
 * @param nonFinite number of NaN and infinite elements
 * @param zeros number of elements that are 0
 * @param min smallest element; 0 when there is none
 * @param max largest element; 0 when there is none
 * @param mean arithmetic mean
 * @param std standard deviation of the population
 * @param skewness third standardized moment; 0 for a constant
 * @param excessKurtosis fourth standardized moment less 3, so 0 for a Gaussian; 0 for a constant
 * @param quantiles at {@link #FRACTIONS}, to within one bin of the histogram
 * @param histogram {@value Histogram#DEFAULT_BINS} bins
 * @param widths the error at {@link #WIDTHS}, widest first
 * @param recommendedBits the smallest of these widths with at least {@value #RECOMMENDED_SQNR_DB}
 *     dB between signal and noise (a relative error of at most a tenth); empty when none has
 */
public record TensorProfile(
    String name,
    Shape shape,
    long count,
    long nonFinite,
    long zeros,
    float min,
    float max,
    double mean,
    double std,
    double skewness,
    double excessKurtosis,
    List<Quantile> quantiles,
    Histogram histogram,
    List<WidthError> widths,
    OptionalInt recommendedBits) {
  /** The fractions of which profiles hold quantiles. */
  public static final List<Double> FRACTIONS =
      List.of(0.001, 0.01, 0.05, 0.25, 0.5, 0.75, 0.95, 0.99, 0.999);

  /** The bit widths that profiles hold errors for. */
  public static final List<Integer> WIDTHS = List.of(8, 6, 4, 3, 2);

  /** The least signal-to-noise ratio of a recommended width. */
  public static final double RECOMMENDED_SQNR_DB = 20;

  /** The group size of widths up to 4 bits. */
  public static final int GROUP_SIZE = 32;

  private static final int WIDEST_GROUPED = 4;

  public TensorProfile {
    quantiles = List.copyOf(quantiles);
    widths = List.copyOf(widths);
  }

  /** The value below which {@code fraction} of the elements lie. */
  public record Quantile(double fraction, double value) {}

  /** What a width costs, and the scheme it was measured with. */
  public record WidthError(int bits, QuantScheme scheme, QuantError error) {}

  /**
   * Profiles a weight whose output channels are on axis 0; a tensor of rank 0 or 1 has none.
   *
   * @see #of(String, Tensor, int)
   */
  public static TensorProfile of(String name, Tensor tensor) {
    return of(name, tensor, 0);
  }

  /**
   * Profiles a weight. Width errors are measured, not modelled: the tensor is quantized with
   * min-max ranges and compared. More than 4 bits: symmetric, a scale per channel (per tensor below
   * rank 2). Up to 4 bits: asymmetric, groups of {@value #GROUP_SIZE} consecutive inputs of a
   * channel: for channels on axis 0 of the tensor seen as a matrix [channels, inputs], else along
   * axis 0.
   *
   * @param tensor float32
   * @param channelAxis the axis of the output channels; ignored below rank 2
   */
  public static TensorProfile of(String name, Tensor tensor, int channelAxis) {
    Quantizer.requireFloat32(tensor);
    Moments moments = Moments.of(tensor);
    Histogram histogram = Histogram.of(tensor, Histogram.DEFAULT_BINS);
    boolean any = moments.count() > 0;
    float min = any ? moments.min() : 0;
    float max = any ? moments.max() : 0;
    List<WidthError> widths =
        moments.nonFinite() > 0
            ? List.of()
            : WIDTHS.stream().map(bits -> widthError(tensor, channelAxis, bits)).toList();
    return new TensorProfile(
        name,
        tensor.shape(),
        tensor.shape().elements(),
        moments.nonFinite(),
        moments.zeros(),
        min,
        max,
        moments.mean(),
        moments.std(),
        moments.skewness(),
        moments.excessKurtosis(),
        FRACTIONS.stream()
            .map(f -> new Quantile(f, Math.clamp(histogram.quantile(f), min, max)))
            .toList(),
        histogram,
        widths,
        recommend(widths));
  }

  private static WidthError widthError(Tensor tensor, int channelAxis, int bits) {
    Tensor weight = tensor.shape().rank() < 2 ? vector(tensor) : tensor;
    boolean matrix = tensor.shape().rank() >= 2;
    int axis = matrix ? tensor.shape().axis(channelAxis) : 0;
    QuantScheme scheme;
    if (bits > WIDEST_GROUPED) {
      Granularity granularity = matrix ? Granularity.perChannel(axis) : Granularity.perTensor();
      scheme = QuantScheme.symmetric(bits, granularity);
    } else if (matrix && axis > 0) {
      scheme = QuantScheme.asymmetric(bits, Granularity.perGroup(0, GROUP_SIZE));
    } else {
      weight = matrix ? channelsByInputs(tensor) : weight;
      int last = weight.shape().rank() - 1;
      scheme = QuantScheme.asymmetric(bits, Granularity.perGroup(last, GROUP_SIZE));
    }
    QuantizedTensor codes = Quantizer.quantize(weight, scheme, RangeEstimator.minMax());
    return new WidthError(bits, scheme, QuantError.of(weight, codes));
  }

  private static Tensor vector(Tensor tensor) {
    return tensor.reshaped(Shape.of(tensor.shape().elements()));
  }

  private static Tensor channelsByInputs(Tensor tensor) {
    return tensor.reshaped(Shape.of(tensor.shape().dim(0), tensor.shape().inner(0)));
  }

  private static OptionalInt recommend(List<WidthError> widths) {
    return widths.stream()
        .filter(width -> width.error().sqnrDb() >= RECOMMENDED_SQNR_DB)
        .mapToInt(WidthError::bits)
        .min();
  }

  /** The largest magnitude. */
  public float absMax() {
    return Math.max(Math.abs(min), Math.abs(max));
  }

  /** {@link #absMax} in standard deviations: 0 for a constant; some 4 or 5 for Gaussian weights. */
  public double absMaxOverStd() {
    return std == 0 ? 0 : absMax() / std;
  }

  /** The quantiles' values, in the order of {@link #FRACTIONS}. */
  public DoubleStream quantileValues() {
    return quantiles.stream().mapToDouble(Quantile::value);
  }
}
