package dev.swage.compress.plan;

import java.util.Locale;

/** What a quantized file is for. */
public enum Objective {
  /** A node is quantized where that makes it faster, measured on this machine. */
  SPEED,
  /** Every node that can be is quantized. */
  SIZE;

  /** The word in plans. */
  public String label() {
    return name().toLowerCase(Locale.ROOT);
  }
}
