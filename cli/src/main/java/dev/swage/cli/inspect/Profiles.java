package dev.swage.cli.inspect;

import dev.swage.compress.plan.WeightGrouping;
import dev.swage.compress.weights.FirstLayers;
import dev.swage.compress.weights.Weight;
import dev.swage.compress.weights.WeightErrors;
import dev.swage.compress.weights.WeightOptions;
import dev.swage.compress.weights.WeightPlanner;
import dev.swage.compress.weights.WeightPlanner.Decision;
import dev.swage.onnx.OnnxModel;
import dev.swage.quant.Histogram;
import dev.swage.quant.TensorProfile;
import dev.swage.report.QuantGrid;
import dev.swage.report.ValueHistogram;
import dev.swage.report.WeightProfile;
import dev.swage.tensor.DType;
import dev.swage.tensor.FloatValues;
import dev.swage.tensor.Tensor;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.function.Function;
import java.util.function.Predicate;

/** Distribution profiles of a model's weights, as records for reports. */
public final class Profiles {
  static final List<Integer> WIDTHS = TensorProfile.WIDTHS;

  /** Columns of a drawn histogram. */
  private static final int DRAWN_BINS = 96;

  private static final double GAUSSIAN_KURTOSIS = 3;

  private Profiles() {}

  /** All weights of floats, in file order, without grids. */
  static List<WeightProfile> of(OnnxModel model) {
    return of(model, weight -> true, weight -> List.of());
  }

  /**
   * The weights that quantization would touch, with the grids of the shipped files.
   *
   * @param grids by a weight's name
   */
  public static List<WeightProfile> ofQuantized(
      OnnxModel model, Function<String, List<QuantGrid>> grids) {
    return of(model, decision -> decision.slot().isPresent(), grids);
  }

  private static List<WeightProfile> of(
      OnnxModel model, Predicate<Decision> wanted, Function<String, List<QuantGrid>> grids) {
    FirstLayers first = FirstLayers.of(model.graph());
    WeightOptions channels = WeightOptions.int8().withGrouping(WeightGrouping.perChannel());
    List<WeightProfile> profiles = new ArrayList<>();
    for (Decision decision :
        WeightPlanner.plan(model.graph(), channels, Set.of(), new WeightErrors())) {
      Weight weight = decision.weight();
      DType dtype = weight.tensor().dtype();
      if (FloatValues.areRead(dtype) && wanted.test(decision)) {
        Tensor floats = FloatValues.toFloat32(weight.tensor());
        TensorProfile profile =
            TensorProfile.of(weight.key(), floats, channelAxis(decision, first));
        profiles.add(map(profile, dtype, grids.apply(weight.key())));
      }
    }
    return profiles;
  }

  /** Where inputs are of very different magnitude, quantization gives each a scale. */
  private static int channelAxis(Decision decision, FirstLayers first) {
    Weight weight = decision.weight();
    return first.losesInputs(weight, WIDTHS.getFirst())
        ? weight.kinds().iterator().next().inputAxis(weight.tensor().shape().rank())
        : decision.channelAxis();
  }

  private static WeightProfile map(TensorProfile profile, DType dtype, List<QuantGrid> grids) {
    return new WeightProfile(
        profile.name(),
        dtype.name().toLowerCase(Locale.ROOT),
        Arrays.stream(profile.shape().toArray()).boxed().toList(),
        new WeightProfile.Distribution(
            profile.count(),
            profile.nonFinite(),
            profile.min(),
            profile.max(),
            profile.mean(),
            profile.std(),
            profile.excessKurtosis() + GAUSSIAN_KURTOSIS,
            profile.quantiles().stream()
                .map(q -> new WeightProfile.Quantile(q.fraction(), q.value()))
                .toList()),
        histogram(profile),
        profile.widths().stream()
            .map(w -> new WeightProfile.WidthError(w.bits(), w.error().sqnrDb()))
            .toList(),
        profile.recommendedBits().orElse(dtype.bits()),
        grids);
  }

  /** The fine histogram narrowed to the range of the values, in columns one can see. */
  private static ValueHistogram histogram(TensorProfile profile) {
    Histogram fine = profile.histogram();
    long[] columns = new long[DRAWN_BINS];
    double low = profile.min();
    double width = (profile.max() - low) / DRAWN_BINS;
    long[] counts = fine.counts();
    for (int bin = 0; bin < counts.length; bin++) {
      if (counts[bin] > 0) {
        double middle = fine.lowerEdge(bin) + fine.binWidth() / 2;
        int column = width == 0 ? 0 : (int) ((middle - low) / width);
        columns[Math.clamp(column, 0, DRAWN_BINS - 1)] += counts[bin];
      }
    }
    return new ValueHistogram(low, profile.max(), Arrays.stream(columns).boxed().toList());
  }
}
