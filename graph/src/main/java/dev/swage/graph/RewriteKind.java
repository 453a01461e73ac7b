package dev.swage.graph;

/** What was done to a graph before quantization: a closed set. */
public enum RewriteKind {
  /** A node that called a function of the model was replaced by the function's nodes. */
  FUNCTION_INLINED("function call inlined", "function calls inlined"),
  /** An initializer that was listed among the inputs cannot be fed any more. */
  OPTIONAL_INPUT_FIXED("optional input fixed to its weight", "optional inputs fixed"),
  /** Documentation and metadata of the nodes, weights and values of one graph. */
  NOTES_REMOVED("graph freed of notes", "graphs freed of notes"),
  UNUSED_REMOVED("unused node or weight removed", "unused removed"),
  /** The model declares a later operator set. */
  OPSET_RAISED("opset", "opset"),
  /** A node is written as the later operator set wants it. */
  OPERATOR_ADAPTED("operator adapted", "operators adapted"),
  CONSTANT_FOLDED("constant folded", "constants folded"),
  /** An If whose condition is known was replaced by the branch that runs. */
  BRANCH_RESOLVED("If resolved", "If resolved"),
  BATCH_NORMALIZATION_FOLDED("BatchNormalization folded", "BatchNormalization folded"),
  BIAS_FOLDED("Add folded into the bias", "Add folded into a bias"),
  SCALE_FOLDED("Mul folded into the weights", "Mul folded into weights"),
  /** An Einsum that multiplies by a constant matrix. */
  EINSUM_MULTIPLIED("Einsum made a MatMul", "Einsums made MatMuls"),
  /** Alpha and beta of a Gemm went into its constants, a bias of another shape into an Add. */
  GEMM_SIMPLIFIED("Gemm freed of alpha, beta or its bias", "Gemms freed of alpha, beta or bias"),
  /** Reshape, Transpose, Reshape that reorder channels became one Gather. */
  CHANNELS_GATHERED("channel shuffle made a Gather", "channel shuffles made Gathers"),
  /** A Gather of channels went into the filters of the Conv before it. */
  SHUFFLE_FOLDED("channel shuffle folded into a Conv", "channel shuffles folded into Convs"),
  /** A ReduceMean over all axes behind the channels. */
  MEAN_POOLED("ReduceMean made a GlobalAveragePool", "ReduceMeans made GlobalAveragePools"),
  /** A Relu or Clip behind the MaxPool of a Conv clips what the Conv computes. */
  CLIP_MOVED("Relu or Clip moved before a MaxPool", "Relu or Clip moved before MaxPools"),
  NORMALIZATION_CONVOLVED(
      "BatchNormalization made a depthwise Conv", "BatchNormalization made depthwise Convs"),
  /** A node that hands on its input as it is. */
  NO_OP_REMOVED("no-op removed", "no-ops removed"),
  TRANSPOSES_MERGED("Transposes merged", "Transposes merged"),
  DUPLICATE_SHARED("duplicate weight shared", "duplicate weights shared");

  private final String one;
  private final String many;

  RewriteKind(String one, String many) {
    this.one = one;
    this.many = many;
  }

  /** In words, for {@code count} of it. */
  String text(long count) {
    return count == 1 ? one : many;
  }
}
