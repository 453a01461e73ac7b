package dev.swage.compress.plan;

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

  /**
   * One scale per input: of the reduction axis of a matrix product, of the input channels of a
   * convolution. For weights whose inputs are of very different magnitude.
   */
  record PerInput() implements WeightGrouping {
    @Override
    public String toString() {
      return "per input";
    }
  }

  /** One scale for the whole weight. */
  record PerTensor() implements WeightGrouping {
    @Override
    public String toString() {
      return "per tensor";
    }
  }

  /**
   * One scale per output channel; per {@code group} consecutive inputs of it where the values of a
   * weight are spread too unevenly for that, as its codes show: where their signal to noise ratio
   * is below {@code 6.02 · bits − 8.5} dB, 40 dB for 8 bits; 6 dB more for weights of recurrent
   * layers, and of models that hand a state on to their next run (several inputs and outputs, one
   * output of an input's type and shape). Codes of normally distributed weights are above 40 dB.
   */
  record Adaptive(int group) implements WeightGrouping {
    private static final double DB_PER_BIT = 20 * Math.log10(2);
    private static final double ROOM_DB = 8.5;

    public Adaptive {
      new Groups(group);
    }

    /** Whether codes per channel with this signal to noise ratio, in decibels, are too coarse. */
    public boolean isTooCoarse(double sqnrDb, int bits) {
      return sqnrDb < DB_PER_BIT * bits - ROOM_DB;
    }

    @Override
    public String toString() {
      return "per channel, groups of " + group + " where that is too coarse";
    }
  }

  /** The choice between channels and groups of 32, weight by weight. */
  static WeightGrouping adaptive() {
    return new Adaptive(32);
  }

  static WeightGrouping perChannel() {
    return new PerChannel();
  }

  static WeightGrouping perTensor() {
    return new PerTensor();
  }

  static WeightGrouping groups(int size) {
    return new Groups(size);
  }
}
