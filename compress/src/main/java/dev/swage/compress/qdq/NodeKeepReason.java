package dev.swage.compress.qdq;

import java.util.Locale;

/** Why a node computes in floating point: a closed set, so that nothing is skipped unsaid. */
public enum NodeKeepReason implements Reason {
  UNSUPPORTED_OPERATOR("ONNX Runtime has no integer kernel for it"),
  RECURRENT(
      "a recurrence has no integer kernel with ranges fixed ahead: its weights alone can be codes, an LSTM's also in mode dynamic with form contrib"),
  UNSUPPORTED_FORM("its attributes or weights have a form without an integer kernel"),
  WEIGHT_NOT_CONSTANT("its weight or bias is computed"),
  NOT_OBSERVED("calibration holds no statistics of what it reads or writes"),
  NOT_FINITE("it reads or writes NaN or infinities"),
  NOT_BETWEEN_CODES("no quantized node before it and after it: it would gain nothing"),
  CONSTANT_TOO_SMALL("its weight has too few elements to be worth the conversions around it"),
  NOT_STANDARD(
      "its integer kernel is an operator of ONNX Runtime's own, not of the standard: form contrib has it"),
  WOULD_NOT_FUSE("ONNX Runtime would not fuse it: it would run in floats between conversions"),
  NOT_WORTH_IT("measured: codes do not pay here"),
  TOO_SENSITIVE("measured: its error is too large for the bound"),
  IN_SUBGRAPH("inside a branch or loop body: what it reads is not observed"),
  NO_WEIGHT("it has no weight to narrow"),
  EXCLUDED("excluded by name");

  private final String text;

  NodeKeepReason(String text) {
    this.text = text;
  }

  @Override
  public String text() {
    return text;
  }

  /** The name in files, as {@code not-observed}. */
  public String label() {
    return name().toLowerCase(Locale.ROOT).replace('_', '-');
  }
}
