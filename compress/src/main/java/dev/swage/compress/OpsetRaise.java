package dev.swage.compress;

import dev.swage.onnx.Graph;
import dev.swage.onnx.Node;
import dev.swage.onnx.OnnxModel;
import dev.swage.onnx.ValueInfo;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;

/**
 * Declares a model in a later operator set where that changes nothing: each operator of the model
 * must mean the same, with the same inputs and attributes, from the model's set up to opset 25. The
 * table is drawn from the operators' version histories in ONNX's Operators.md and Changelog.md;
 * operators it does not know are taken to have changed.
 */
final class OpsetRaise {
  private static final long OLDEST = 7;
  private static final Map<String, Long> UNCHANGED_SINCE = new HashMap<>();

  static {
    since(
        7,
        "Abs Acos Add And ArgMax ArgMin Asin Atan AveragePool Cast Ceil Concat Constant Conv"
            + " ConvTranspose Cos DepthToSpace Div Elu Equal Exp Flatten Floor GRU Gather Gemm"
            + " GlobalAveragePool GlobalMaxPool Greater HardSigmoid Identity If"
            + " InstanceNormalization LRN LSTM LeakyRelu Less Log LpNormalization MatMul Max"
            + " MaxPool Mean Min Mul Neg Not Or PRelu Pow RNN Reciprocal Relu Reshape Selu Shape"
            + " Sigmoid Sin Size Softplus Softsign SpaceToDepth Sqrt Sub Sum Tan Tanh Tile"
            + " Transpose Xor");
    since(8, "Expand");
    since(9, "BatchNormalization ConstantOfShape Erf IsNaN NonZero Scan Sign Where");
    since(
        10,
        "ConvInteger DequantizeLinear MatMulInteger Mod QLinearConv QLinearMatMul QuantizeLinear"
            + " Slice ThresholdedRelu");
    since(
        11,
        "Clip CumSum DynamicQuantizeLinear GatherElements Loop OneHot Pad Range Round"
            + " ScatterElements ScatterND TopK");
    since(12, "Dropout Einsum GatherND GreaterOrEqual LessOrEqual");
    since(13, "Hardmax LogSoftmax ReduceSum Softmax Squeeze Unsqueeze");
    since(14, "HardSwish Trilu");
    since(17, "LayerNormalization");
    since(
        18,
        "Mish ReduceL1 ReduceL2 ReduceLogSum ReduceLogSumExp ReduceMax ReduceMean ReduceMin"
            + " ReduceProd ReduceSumSquare Split");
    since(20, "Gelu");
    since(21, "GroupNormalization");
  }

  private OpsetRaise() {}

  private static void since(long opset, String operators) {
    for (String operator : operators.split(" ")) {
      UNCHANGED_SINCE.put(operator, opset);
    }
  }

  /**
   * The model in at least this operator set, with the IR version that goes with it.
   *
   * @throws CompressException if an operator of the model means something else there
   */
  static OnnxModel atLeast(OnnxModel model, long opset) {
    if (model.opset() >= opset) {
      return model;
    }
    requireUnchanged(model.graph(), model.opset(), opset);
    long ir = opset >= 25 ? 13 : opset >= 21 ? 10 : 7;
    OnnxModel raised = model.withOpset("", opset);
    if (model.irVersion() < 4) {
      // Before IR 4 initializers had to be inputs as well; from then on that makes them variable.
      List<ValueInfo> feeds = model.graph().feeds();
      raised = raised.withGraph(model.graph().toBuilder().inputs(feeds).build());
    }
    return raised.withIrVersion(Math.max(ir, model.irVersion()));
  }

  private static void requireUnchanged(Graph graph, long from, long to) {
    for (Node node : graph.nodes()) {
      if (!isStandard(node)) {
        continue;
      }
      OptionalLong since = unchangedSince(node);
      if (from < OLDEST || since.isEmpty() || since.getAsLong() > from) {
        throw new CompressException(
            "the quantized form needs opset %d and the model has %d: %s %s; export the model at opset %d or later, or use MATMUL_N_BITS"
                .formatted(to, from, node.describe(), change(from, since), to));
      }
      for (Graph inner : Weight.subgraphs(node)) {
        requireUnchanged(inner, from, to);
      }
    }
  }

  private static String change(long from, OptionalLong since) {
    return from < OLDEST || since.isEmpty()
        ? "may mean something else there"
        : "changed in opset " + since.getAsLong();
  }

  private static OptionalLong unchangedSince(Node node) {
    Long since = UNCHANGED_SINCE.get(node.opType());
    // Batch normalization with statistics among its outputs was training, and is so no more.
    boolean training = node.is("BatchNormalization") && node.outputs().size() > 1;
    return since == null || training ? OptionalLong.empty() : OptionalLong.of(since);
  }

  private static boolean isStandard(Node node) {
    return node.domain().isEmpty() || node.domain().equals("ai.onnx");
  }
}
