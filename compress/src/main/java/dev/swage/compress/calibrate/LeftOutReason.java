package dev.swage.compress.calibrate;

import java.util.Locale;

/** Why a value of a graph has no statistics: a closed set, so that nothing is skipped unsaid. */
public enum LeftOutReason {
  IN_SUBGRAPH("inside a branch or loop body"),
  NOT_FLOAT32("not a float32 tensor"),
  CONSTANT("computed from constants only"),
  NO_QUANTIZABLE_OPERATOR("no operator that can be quantized reads or writes it"),
  NO_FINITE_ELEMENT("held no finite element in any sample");

  private final String text;

  LeftOutReason(String text) {
    this.text = text;
  }

  /** The reason in words. */
  public String text() {
    return text;
  }

  /** The name in files, as {@code in-subgraph}. */
  public String label() {
    return name().toLowerCase(Locale.ROOT).replace('_', '-');
  }
}
