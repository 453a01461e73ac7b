package dev.swage.kernel;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorSpecies;

/**
 * {@link QuantizationKernels#project} in vectors of eight or, unlike loops that wait for memory,
 * sixteen lanes. Two trials at a time, so that four sums hide each other's latency.
 */
final class VectorProjection {
  private static final VectorSpecies<Float> FLOATS =
      FloatVector.SPECIES_PREFERRED.length() >= ScaleTrials.LANES
          ? FloatVector.SPECIES_512
          : FloatVector.SPECIES_256;
  private static final VectorSpecies<Integer> INTS =
      FLOATS.length() == ScaleTrials.LANES ? IntVector.SPECIES_512 : IntVector.SPECIES_256;
  private static final int LANES = ScaleTrials.LANES;
  private static final float ROUNDER = VectorQuantization.ROUNDER;

  private VectorProjection() {}

  static void project(ScaleTrials trials, int rows) {
    float[] sums = new float[4 * LANES];
    for (int trial = 0; trial < trials.count(); trial += 2) {
      int other = Math.min(trial + 1, trials.count() - 1);
      for (int lane = 0; lane < LANES; lane += FLOATS.length()) {
        sumTwo(trials, rows, trial * LANES + lane, other * LANES + lane, sums);
      }
      add(sums, 0, trials.products, trial * LANES);
      add(sums, LANES, trials.squares, trial * LANES);
      if (other != trial) {
        add(sums, 2 * LANES, trials.products, other * LANES);
        add(sums, 3 * LANES, trials.squares, other * LANES);
      }
    }
  }

  /**
   * Sums of products and squares of the trials with these entries, to the lanes of {@code sums}.
   */
  private static void sumTwo(ScaleTrials trials, int rows, int first, int second, float[] sums) {
    int lane = first % LANES;
    float[] tile = trials.tile;
    IntVector low =
        IntVector.fromArray(INTS, trials.low, lane).add(VectorQuantization.ROUNDER_BITS);
    IntVector high =
        IntVector.fromArray(INTS, trials.high, lane).add(VectorQuantization.ROUNDER_BITS);
    FloatVector inverse0 = FloatVector.fromArray(FLOATS, trials.inverses, first);
    FloatVector inverse1 = FloatVector.fromArray(FLOATS, trials.inverses, second);
    FloatVector products0 = FloatVector.zero(FLOATS);
    FloatVector products1 = products0;
    FloatVector squares0 = products0;
    FloatVector squares1 = products0;
    int end = rows * LANES + lane;
    for (int at = lane; at < end; at += LANES) {
      FloatVector x = FloatVector.fromArray(FLOATS, tile, at);
      FloatVector k0 = rounded(x.mul(inverse0), low, high);
      FloatVector k1 = rounded(x.mul(inverse1), low, high);
      products0 = products0.add(k0.mul(x));
      squares0 = squares0.add(k0.mul(k0));
      products1 = products1.add(k1.mul(x));
      squares1 = squares1.add(k1.mul(k1));
    }
    products0.intoArray(sums, lane);
    squares0.intoArray(sums, LANES + lane);
    products1.intoArray(sums, 2 * LANES + lane);
    squares1.intoArray(sums, 3 * LANES + lane);
  }

  /**
   * As in {@link VectorQuantization}: rounds by adding, clips the bits, and takes that off again.
   */
  private static FloatVector rounded(FloatVector steps, IntVector low, IntVector high) {
    IntVector bits = steps.add(ROUNDER).reinterpretAsInts().max(low).min(high);
    return bits.reinterpretAsFloats().sub(ROUNDER);
  }

  private static void add(float[] sums, int from, double[] into, int at) {
    for (int lane = 0; lane < LANES; lane++) {
      into[at + lane] += sums[from + lane];
    }
  }
}
