package dev.swage.compress;

/** Which elements of a weight share a scale. */
public sealed interface WeightGrouping {
  /** One scale per output channel (per row of an embedding). */
  record PerChannel() implements WeightGrouping {
    @Override
    public String toString() {
      return "per channel";
    }
  }

  /**
   * One scale per {@code size} consecutive elements of an output channel's inputs: of the reduction
   * axis of a matrix product, of a convolution filter in memory order, of an embedding's row.
   */
  record Groups(int size) implements WeightGrouping {
    public Groups {
      if (size < 16 || size > 256 || Integer.bitCount(size) != 1) {
        throw new IllegalArgumentException(
            "group size must be a power of two from 16 to 256, got " + size);
      }
    }

    @Override
    public String toString() {
      return "groups of " + size;
    }
  }

  /** One scale for the whole weight. */
  record PerTensor() implements WeightGrouping {
    @Override
    public String toString() {
      return "per tensor";
    }
  }

  static WeightGrouping perChannel() {
    return new PerChannel();
  }

  static WeightGrouping groups(int size) {
    return new Groups(size);
  }
}
