package dev.swage.data.sound;

/**
 * Band-limited resampling: each new sample is the sum of the old ones around it, weighed by a sinc
 * under a Hann window that reaches 16 of its zeros to each side. The sinc is as wide as the lower
 * of the two rates needs, so that what the new rate cannot hold is filtered out.
 */
public final class Resampler {
  private static final int ZEROS = 16;

  /** Tables of more phases than this are not kept: weights are computed one by one then. */
  private static final int MOST_PHASES = 1024;

  private final int from;
  private final int to;
  private final double cutoff;
  private final int reach;
  private final int phases;
  private final double[][] weights;

  /**
   * @param from samples a second that there are
   * @param to samples a second that are wanted
   */
  public Resampler(int from, int to) {
    int common = gcd(from, to);
    this.from = from / common;
    this.to = to / common;
    this.cutoff = Math.min(1, (double) to / from);
    this.reach = (int) Math.ceil(ZEROS / cutoff);
    this.phases = this.to;
    this.weights = new double[phases <= MOST_PHASES ? phases : 0][];
    for (int phase = 0; phase < weights.length; phase++) {
      weights[phase] = weights(phase);
    }
  }

  private static int gcd(int a, int b) {
    return b == 0 ? a : gcd(b, a % b);
  }

  /** The weights of the old samples around a place {@code phase / phases} behind one of them. */
  private double[] weights(int phase) {
    double[] each = new double[2 * reach];
    double sum = 0;
    for (int i = 0; i < each.length; i++) {
      double distance = (i - reach + 1) - (double) phase / phases;
      each[i] = sinc(cutoff * distance) * window(distance * cutoff / ZEROS);
      sum += each[i];
    }
    for (int i = 0; i < each.length; i++) {
      each[i] /= sum; // so that a constant stays what it is
    }
    return each;
  }

  private static double sinc(double x) {
    return x == 0 ? 1 : StrictMath.sin(Math.PI * x) / (Math.PI * x);
  }

  private static double window(double x) {
    return Math.abs(x) >= 1 ? 0 : 0.5 + 0.5 * StrictMath.cos(Math.PI * x);
  }

  /** How many samples come of so many. */
  public int length(int samples) {
    return Math.toIntExact(((long) samples * to + from - 1) / from);
  }

  /** The first {@code most} samples at the new rate; before its begin and after its end is 0. */
  public float[] apply(float[] samples, int most) {
    float[] out = new float[Math.min(most, length(samples.length))];
    for (int i = 0; i < out.length; i++) {
      long at = (long) i * from;
      int left = (int) (at / to);
      int phase = (int) (at % to);
      double[] each = weights.length > 0 ? weights[phase] : weights(phase);
      double sum = 0;
      for (int k = 0; k < each.length; k++) {
        int index = left + k - reach + 1;
        if (index >= 0 && index < samples.length) {
          sum += each[k] * samples[index];
        }
      }
      out[i] = (float) sum;
    }
    return out;
  }
}
