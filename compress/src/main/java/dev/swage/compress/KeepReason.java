package dev.swage.compress;

import dev.swage.compress.qdq.Reason;

/** Why a weight stays as it is: a closed set, so that nothing is skipped unsaid. */
public enum KeepReason implements Reason {
  BIAS("bias: small, and its errors are not averaged away"),
  INITIAL_STATE("where a recurrence starts, not what it multiplies by"),
  NORMALIZATION("parameter of a normalization"),
  QUANTIZATION_PARAMETER("scale of something already quantized"),
  UNSUPPORTED_OPERATOR("its operator's weights are not quantized"),
  UNSUPPORTED_SHAPE("its rank has no rows of weights to share scales"),
  NOT_TAKEN_BY_FORMAT("the format has no operator for it"),
  NOT_FLOAT32("not float32"),
  CONFLICTING_USES("shared by nodes that need it in different forms"),
  GRAPH_OUTPUT("an output of the model or of a branch"),
  TOO_SMALL("fewer elements than the set minimum"),
  EXCLUDED("excluded by name"),
  UNUSED("read by no node");

  private final String text;

  KeepReason(String text) {
    this.text = text;
  }

  @Override
  public String text() {
    return text;
  }
}
