package dev.swage.compress.plan;

import java.util.Locale;

/** Why a node or a weight stays as it is: a closed set, so that nothing is skipped unsaid. */
public enum KeepReason {
  UNSUPPORTED_OPERATOR("ONNX Runtime has no integer kernel for it"),
  RECURRENT(
      "a recurrence has no integer kernel with ranges fixed ahead: its weights alone can be codes, an LSTM's also in mode dynamic with form contrib"),
  UNSUPPORTED_FORM("its attributes or weights have a form without an integer kernel"),
  WEIGHT_NOT_CONSTANT("its weight or bias is no constant: it is computed, or an input"),
  NOT_OBSERVED("calibration holds no statistics of what it reads or writes"),
  NOT_FINITE("it reads or writes NaN or infinities"),
  NOT_BETWEEN_CODES("no quantized node before it and after it: it would gain nothing"),
  CONSTANT_TOO_SMALL("its weight has too few elements to be worth the conversions around it"),
  NOT_STANDARD(
      "its integer kernel is an operator of ONNX Runtime's own, not of the standard: form contrib has it"),
  WOULD_NOT_FUSE("ONNX Runtime would not fuse it: it would run in floats between conversions"),
  NOT_AT_EVERY_RUN(
      "no integer kernel for it takes codes made at every run; mode static or mixed may have one"),
  SLOW_AT_EVERY_RUN(
      "with codes made at every run it is slower than in floats; mode static or mixed is for it"),
  NOT_WORTH_IT("measured: codes do not pay here"),
  TOO_SENSITIVE("measured: its error is too large for the bound"),
  IN_SUBGRAPH(
      "inside a branch or loop body: what it reads is not observed; modes mixed, dynamic and weight-only do not need that"),
  NO_WEIGHT("it has no weight to narrow"),
  EXCLUDED("excluded by name"),
  SHARED_WEIGHT("a node that shares its weight keeps it in floats, or has it in other codes"),
  BIAS("bias or another addend: its errors are not averaged away"),
  INITIAL_STATE("where a recurrence starts, not what it multiplies by"),
  NORMALIZATION("parameter of a normalization"),
  QUANTIZATION_PARAMETER("scale of something already quantized"),
  NOT_A_WEIGHT("its operator's weights are not quantized"),
  UNSUPPORTED_SHAPE("its shape has no rows of weights to share scales"),
  NOT_TAKEN_BY_FORMAT("the format has no operator for it: format qdq has"),
  NOT_FLOAT32(
      "not float32, which is what integer kernels are for: its weights alone can be codes, in mode weight-only"),
  UNSUPPORTED_TYPE(
      "of an element type that is not quantized: float16, bfloat16, float32 and float64 are"),
  PRECISE_OPERAND(
      "added or multiplied element by element, where nothing averages the errors of codes"),
  GRAPH_OUTPUT("an output of the model or of a branch"),
  TOO_SMALL("fewer elements than the minimum that was set, --min-elements"),
  WITH_ITS_NODE("a bias or constant operand: it becomes codes with the node that reads it"),
  UNUSED("read by no node");

  private final String text;

  KeepReason(String text) {
    this.text = text;
  }

  /** The reason in words. */
  public String text() {
    return text;
  }

  /**
   * The reason in words, with what they do not say.
   *
   * @param detail may be empty
   */
  public String text(String detail) {
    return detail.isEmpty() ? text : "%s (%s)".formatted(text, detail);
  }

  /** The name in files, as {@code not-observed}. */
  public String label() {
    return name().toLowerCase(Locale.ROOT).replace('_', '-');
  }
}
