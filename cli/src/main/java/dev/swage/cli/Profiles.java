package dev.swage.cli;

import dev.swage.compress.QuantPlan.PlannedWeight;
import dev.swage.compress.WeightDecision;
import dev.swage.compress.WeightForm;
import dev.swage.compress.WeightOnly;
import dev.swage.onnx.GraphPath;
import dev.swage.onnx.OnnxModel;
import dev.swage.quant.Granularity;
import dev.swage.quant.Histogram;
import dev.swage.quant.TensorProfile;
import dev.swage.report.QuantGrid;
import dev.swage.report.ValueHistogram;
import dev.swage.report.WeightProfile;
import dev.swage.tensor.DType;
import dev.swage.tensor.Tensor;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;

/** Distribution profiles of a model's float32 weights, as records for reports. */
final class Profiles {
  static final List<Integer> WIDTHS = TensorProfile.WIDTHS;

  /** Columns of a drawn histogram. */
  private static final int DRAWN_BINS = 96;

  private static final double GAUSSIAN_KURTOSIS = 3;

  private Profiles() {}

  /** All float32 weights, in file order, without grids. */
  static List<WeightProfile> of(OnnxModel model) {
    return of(model, weight -> true, weight -> List.of());
  }

  /** The weights that quantization would touch, with the grids of the shipped files. */
  static List<WeightProfile> ofQuantized(
      OnnxModel model, Function<PlannedWeight, List<QuantGrid>> grids) {
    return of(model, weight -> weight.decision() instanceof WeightDecision.Quantize, grids);
  }

  private static List<WeightProfile> of(
      OnnxModel model,
      java.util.function.Predicate<PlannedWeight> wanted,
      Function<PlannedWeight, List<QuantGrid>> grids) {
    Map<String, Tensor> tensors = new HashMap<>();
    GraphPath.walk(
        model.graph(),
        (path, graph) ->
            graph.initializers().forEach((name, tensor) -> tensors.put(path.key(name), tensor)));
    List<WeightProfile> profiles = new ArrayList<>();
    for (PlannedWeight weight : WeightOnly.int8().unprepared().plan(model).weights()) {
      Tensor tensor = tensors.get(weight.name());
      if (tensor != null && weight.dtype() == DType.FLOAT32 && wanted.test(weight)) {
        TensorProfile profile = TensorProfile.of(weight.name(), tensor, channelAxis(weight));
        profiles.add(map(profile, grids.apply(weight)));
      }
    }
    return profiles;
  }

  /** The axis of the weight's own shape that runs along output channels. */
  private static int channelAxis(PlannedWeight weight) {
    if (weight.decision() instanceof WeightDecision.Quantize quantize
        && quantize.form() == WeightForm.AS_IS
        && quantize.scheme().granularity() instanceof Granularity.PerChannel(int axis)) {
      return axis;
    }
    return 0;
  }

  private static WeightProfile map(TensorProfile profile, List<QuantGrid> grids) {
    return new WeightProfile(
        profile.name(),
        "float32",
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
        profile.recommendedBits().orElse(32),
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
