package dev.swage.compress;

import dev.swage.quant.QuantScheme;

/** What happens to one weight. */
public sealed interface WeightDecision {
  /**
   * It becomes codes.
   *
   * @param scheme how; its axis counts in the layout of {@code form}
   * @param form in what layout
   */
  record Quantize(QuantScheme scheme, WeightForm form) implements WeightDecision {}

  /**
   * It stays as it is.
   *
   * @param reason why
   * @param detail what exactly was found, as the operator's name; may be empty
   */
  record Keep(KeepReason reason, String detail) implements WeightDecision {}
}
