package dev.swage.compress.plan;

import java.util.List;
import java.util.Optional;

/** What happens to a node: quantized in one of three ways, left out, or kept. */
public sealed interface NodeChoice {
  /**
   * Reads and writes 8-bit codes whose ranges were fixed ahead.
   *
   * @param weights its constant factor; empty where it has none. Other constants that it reads, its
   *     bias and constant operands, become codes with it
   */
  record Static(List<WeightSlot> weights) implements NodeChoice {
    public Static {
      weights = List.copyOf(weights);
    }
  }

  /**
   * Multiplies 8-bit codes of activations that are measured and rounded at every run.
   *
   * @param weights its constant factors
   */
  record Dynamic(List<WeightSlot> weights) implements NodeChoice {
    public Dynamic {
      weights = List.copyOf(weights);
    }
  }

  /**
   * Has its weights as codes and computes in floating point.
   *
   * @param weights those that become codes
   */
  record WeightOnly(List<WeightSlot> weights) implements NodeChoice {
    public WeightOnly {
      weights = List.copyOf(weights);
    }
  }

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
  record Keep(KeepReason reason, String detail) implements NodeChoice {
    public Keep(KeepReason reason) {
      this(reason, "");
    }

    /** Reason and detail in words. */
    public String text() {
      return reason.text(detail);
    }
  }

  /** The weights of the node that become codes; none where it is left out or kept. */
  default List<WeightSlot> slots() {
    return switch (this) {
      case Static s -> s.weights();
      case Dynamic d -> d.weights();
      case WeightOnly w -> w.weights();
      case Absorb a -> List.of();
      case Keep k -> List.of();
    };
  }

  /** How its weights become codes, in words; empty where none does. */
  default Optional<WeightChoice> weight() {
    return slots().stream().findFirst().map(WeightSlot::choice);
  }

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

  /** The way in a word: static, dynamic, weight-only, absorb or keep. */
  default String label() {
    return switch (this) {
      case Static s -> "static";
      case Dynamic d -> "dynamic";
      case WeightOnly w -> "weight-only";
      case Absorb a -> "absorb";
      case Keep k -> "keep";
    };
  }
}
