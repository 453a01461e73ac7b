package dev.swage.graph.opset;

import java.util.Arrays;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Set;
import java.util.TreeMap;

/**
 * The operators of ONNX's own domain, and in which operator set from 8 to 26 each of them changed
 * in a way that old nodes must be rewritten for. Versions that only take more types, or have new
 * attributes and inputs whose defaults mean what was there before, are no change.
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

  private static final Set<String> KNOWN =
      words(
          "Abs Acos Acosh Add AffineGrid And ArgMax ArgMin Asin Asinh Atan Atanh Attention"
              + " AveragePool BatchNormalization Bernoulli BitCast BitShift BitwiseAnd BitwiseNot"
              + " BitwiseOr BitwiseXor BlackmanWindow Cast CastLike Ceil Celu CenterCropPad Clip"
              + " Col2Im Compress Concat ConcatFromSequence Constant ConstantOfShape Conv"
              + " ConvInteger ConvTranspose Cos Cosh CumProd CumSum DFT DeformConv DepthToSpace"
              + " DequantizeLinear Det Div Dropout DynamicQuantizeLinear Einsum Elu Equal Erf Exp"
              + " Expand EyeLike Flatten Floor GRU Gather GatherElements GatherND Gelu Gemm"
              + " GlobalAveragePool GlobalLpPool GlobalMaxPool Greater GreaterOrEqual GridSample"
              + " GroupNormalization HammingWindow HannWindow HardSigmoid HardSwish Hardmax"
              + " Identity If ImageDecoder InstanceNormalization IsInf IsNaN LRN LSTM"
              + " LayerNormalization LeakyRelu Less LessOrEqual Log LogSoftmax Loop"
              + " LpNormalization LpPool MatMul MatMulInteger Max MaxPool MaxRoiPool MaxUnpool"
              + " Mean MeanVarianceNormalization MelWeightMatrix Min Mish Mod Mul Multinomial Neg"
              + " NegativeLogLikelihoodLoss NonMaxSuppression NonZero Not OneHot Optional"
              + " OptionalGetElement OptionalHasElement Or PRelu Pad Pow QLinearConv QLinearMatMul"
              + " QuantizeLinear RMSNormalization RNN RandomNormal RandomNormalLike RandomUniform"
              + " RandomUniformLike Range Reciprocal ReduceSum "
              + REDUCTIONS
              + " RegexFullMatch Relu Reshape Resize ReverseSequence RoiAlign RotaryEmbedding"
              + " Round STFT Scan Scatter ScatterElements ScatterND Selu SequenceAt"
              + " SequenceConstruct SequenceEmpty SequenceErase SequenceInsert SequenceLength"
              + " SequenceMap Shape Shrink Sigmoid Sign Sin Sinh Size Slice Softmax"
              + " SoftmaxCrossEntropyLoss Softplus Softsign SpaceToDepth Split SplitToSequence"
              + " Sqrt Squeeze StringConcat StringNormalizer StringSplit Sub Sum Swish Tan Tanh"
              + " TensorScatter TfIdfVectorizer ThresholdedRelu Tile TopK Transpose Trilu Unique"
              + " Unsqueeze Upsample Where Xor"
              // ONNX Runtime keeps this one in ONNX's domain, the same in every operator set.
              + " SimplifiedLayerNormalization");

  private static final Map<String, NavigableMap<Long, Adapter>> CHANGES = new HashMap<>();

  static {
    change(9, "BatchNormalization", NormalizationAdapters::withoutSpatial);
    change(9, "MeanVarianceNormalization", RenamingAdapters.none(9, "before, it was experimental"));
    change(
        9,
        "Scan",
        RenamingAdapters.none(9, "it runs over a batch axis, which Scan has not had since"));
    change(9, "Upsample", InputAdapters::upsampleScales);
    change(10, "Dropout", RenamingAdapters::dropoutMask);
    change(10, "Slice", InputAdapters::slice);
    change(10, "TopK", InputAdapters::topK);
    change(10, "Upsample", RenamingAdapters.to("Resize"));
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

  private static Set<String> words(String text) {
    return new HashSet<>(Arrays.asList(text.split(" ")));
  }

  private static void change(long version, String operators, Adapter adapter) {
    for (String operator : words(operators)) {
      CHANGES.computeIfAbsent(operator, name -> new TreeMap<>()).put(version, adapter);
    }
  }

  /** Whether ONNX's own domain has, or had, this operator. */
  static boolean isKnown(String operator) {
    return KNOWN.contains(operator);
  }

  /** The changes of an operator by the version that made them. */
  static NavigableMap<Long, Adapter> of(String operator) {
    return CHANGES.getOrDefault(operator, Collections.emptyNavigableMap());
  }
}
