package dev.swage.graph.opset;

import java.util.Collections;
import java.util.HashMap;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Set;
import java.util.TreeMap;

/**
 * How nodes of ONNX's own domain are rewritten for the operator set, from 8 to 26, in which their
 * operator changed: an adapter for each of the {@link dev.swage.onnx.op.OperatorFacts#changes}.
 * Versions that only take more types, or have new attributes and inputs whose defaults mean what
 * was there before, are no change.
 *
 * <p>The changes up to opset 19 are those for which ONNX's own version converter (its {@code
 * convert.h}) has more than its "compatible" adapter, and these, which it does not tell apart:
 * BatchNormalization without {@code spatial}, the rounding of Resize 10, Hardmax 13, Resize without
 * {@code tf_half_pixel_for_nn}. Those of opset 20 and 21 are from the operators' specifications.
 */
final class OperatorChanges {
  private static final String REDUCTIONS =
      "ReduceL1 ReduceL2 ReduceLogSum ReduceLogSumExp ReduceMax ReduceMean ReduceMin ReduceProd"
          + " ReduceSumSquare";

  private static final Map<String, NavigableMap<Long, Adapter>> CHANGES = new HashMap<>();

  static {
    change(9, "BatchNormalization", NormalizationAdapters::withoutSpatial);
    change(9, "MeanVarianceNormalization", ExperimentalAdapters::meanVariance);
    change(9, "Scan", ScanAdapter::overTheBatch);
    change(9, "Upsample", InputAdapters::upsampleScales);
    change(10, "Affine", ExperimentalAdapters::affine);
    change(10, "Crop", ExperimentalAdapters::crop);
    change(10, "Dropout", RenamingAdapters::dropoutMask);
    change(10, "ImageScaler", ExperimentalAdapters::imageScaler);
    change(10, "ParametricSoftplus", ExperimentalAdapters.scaled("Softplus"));
    change(10, "Scale", ExperimentalAdapters::scale);
    change(10, "ScaledTanh", ExperimentalAdapters.scaled("Tanh"));
    change(10, "Slice", InputAdapters::slice);
    change(10, "TopK", InputAdapters::topK);
    change(10, "Upsample", ResizeAdapters::fromUpsample);
    change(11, "Clip", InputAdapters::clip);
    change(11, "Pad", InputAdapters::pad);
    change(11, "Resize", ResizeAdapters::coordinates);
    change(11, "Scatter", RenamingAdapters.to("ScatterElements"));
    change(12, "Dropout", RenamingAdapters::dropoutRatio);
    change(13, "Hardmax LogSoftmax Softmax", SoftmaxAdapter::overOneAxis);
    change(13, "ReduceSum Squeeze Unsqueeze", InputAdapters::axes);
    change(13, "Resize", ResizeAdapters::withoutTfHalfPixel);
    change(13, "Split", InputAdapters::split);
    change(14, "BatchNormalization", NormalizationAdapters::withoutStatistics);
    change(16, "RoiAlign", RenamingAdapters::roiCoordinates);
    change(18, REDUCTIONS, InputAdapters::axes);
    change(18, "Split", InputAdapters::splitCount);
    change(20, "DFT", InputAdapters::dftAxis);
    change(20, "GridSample", RenamingAdapters::gridSampleMode);
    change(21, "GroupNormalization", NormalizationAdapters::scalePerChannel);
  }

  private OperatorChanges() {}

  private static void change(long version, String operators, Adapter adapter) {
    for (String operator : operators.split(" ")) {
      CHANGES.computeIfAbsent(operator, name -> new TreeMap<>()).put(version, adapter);
    }
  }

  /** The operators that have adapters. */
  static Set<String> operators() {
    return Collections.unmodifiableSet(CHANGES.keySet());
  }

  /** The changes of an operator by the version that made them. */
  static NavigableMap<Long, Adapter> of(String operator) {
    return CHANGES.getOrDefault(operator, Collections.emptyNavigableMap());
  }
}
