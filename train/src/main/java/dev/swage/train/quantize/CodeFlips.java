package dev.swage.train.quantize;

import dev.swage.quant.QuantParams;
import dev.swage.tensor.HeapMemory;
import java.lang.foreign.MemorySegment;
import java.util.List;

/**
 * Which share of the codes of trained weights a step changes. Weights whose codes change again and
 * again late in a run oscillate about a rounding point: they learn nothing any more (Nagel et al.:
 * Overcoming oscillations in quantization-aware training, 2022).
 */
final class CodeFlips {
  private final List<QuantizedWeight> weights;

  CodeFlips(List<QuantizedWeight> weights) {
    this.weights = weights;
  }

  /** Weights and scales as they were. */
  private record Copy(MemorySegment data, MemorySegment scales) {}

  /** What {@link #since} compares with. */
  static final class Before {
    private final List<Copy> copies;

    private Before(List<Copy> copies) {
      this.copies = copies;
    }
  }

  /** A copy of the weights as they are. */
  Before before() {
    return new Before(
        weights.stream().map(w -> new Copy(copy(w.data()), copy(w.scales()))).toList());
  }

  private static MemorySegment copy(MemorySegment of) {
    return HeapMemory.allocate(of.byteSize()).copyFrom(of);
  }

  /** The share of codes that are others now, in [0, 1]. */
  double since(Before before) {
    long flips = 0;
    long elements = 0;
    for (int i = 0; i < weights.size(); i++) {
      QuantizedWeight weight = weights.get(i);
      Copy then = before.copies.get(i);
      QuantParams was = weight.params(then.data(), then.scales());
      QuantParams is = weight.params();
      flips +=
          weight
              .kernel()
              .flips(then.data(), was.scales(), weight.data(), is.scales(), is.zeroPoints());
      elements += weight.facts().shape().elements();
    }
    return (double) flips / Math.max(1, elements);
  }
}
