package dev.swage.compress;

import dev.swage.compress.qdq.NodeKeepReason;
import java.util.Optional;

/** What happens to a node: quantized in one of three ways, left out, or kept. */
public sealed interface NodeChoice {
  /**
   * Reads and writes 8-bit codes whose ranges were fixed ahead.
   *
   * @param weight of its constant factor; empty where it has none
   */
  record Static(Optional<WeightChoice> weight) implements NodeChoice {}

  /** Multiplies 8-bit codes of activations that are measured and rounded at every run. */
  record Dynamic(WeightChoice weight) implements NodeChoice {}

  /** Has its weights as codes and computes in floating point. */
  record WeightOnly(WeightChoice weight) implements NodeChoice {}

  /**
   * Is left out: the codes of its input saturate where it would clip.
   *
   * @param producer the node whose output it clips
   */
  record Absorb(String producer) implements NodeChoice {}

  /**
   * Stays as it is.
   *
   * @param detail what the reason does not say; may be empty
   */
  record Keep(NodeKeepReason reason, String detail) implements NodeChoice {}

  /** Whether anything of the node becomes codes. */
  default boolean isQuantized() {
    return switch (this) {
      case Static s -> true;
      case Dynamic d -> true;
      case WeightOnly w -> true;
      case Absorb a -> false;
      case Keep k -> false;
    };
  }
}
