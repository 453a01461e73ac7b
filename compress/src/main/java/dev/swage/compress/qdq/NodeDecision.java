package dev.swage.compress.qdq;

import dev.swage.quant.QuantScheme;
import java.util.Optional;

/** What happens to a node. */
public sealed interface NodeDecision {
  /**
   * Reads and writes codes.
   *
   * @param weight how its constant weight is quantized; empty where it has none
   * @param expectedSqnrDb signal to noise at its output, if the errors of weight, operands and
   *     output were independent and everything before it exact; +∞ when nothing is lost
   */
  record Quantize(Optional<QuantScheme> weight, double expectedSqnrDb) implements NodeDecision {}

  /**
   * Is left out: the codes of its output saturate where it would clip.
   *
   * @param producer the node whose output it clips
   */
  record Absorb(String producer) implements NodeDecision {}

  /**
   * Computes in floating point.
   *
   * @param detail what the reason does not say; may be empty
   */
  record Keep(NodeKeepReason reason, String detail) implements NodeDecision {}
}
