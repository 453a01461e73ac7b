package dev.swage.data;

import dev.swage.tensor.Shape;

/**
 * {@code (x / scale − mean) / std} in float32, with mean and std either one for all or one per
 * index of a sample's first axis: channels of an image, columns of a table.
 */
final class Scaling {
  private final float scale;
  private final float[] means;
  private final float[] stds;

  private Scaling(float scale, float[] means, float[] stds) {
    this.scale = scale;
    this.means = means;
    this.stds = stds;
  }

  /** What the keys {@code scale}, {@code mean} and {@code std} say about samples of this shape. */
  static Scaling of(Options options, float defaultScale, Shape sample) {
    float scale = options.number("scale").orElse(defaultScale);
    if (!(scale > 0)) {
      throw options.wrong("scale", "a number above 0");
    }
    float[] means = options.numbers("mean").orElse(new float[1]);
    float[] stds = options.numbers("std").orElse(new float[] {1});
    for (float std : stds) {
      if (!(std > 0)) {
        throw options.wrong("std", "numbers above 0");
      }
    }
    requireChannels(options, "mean", means, sample);
    requireChannels(options, "std", stds, sample);
    return new Scaling(scale, means, stds);
  }

  private static void requireChannels(Options options, String key, float[] values, Shape sample) {
    long channels = sample.rank() == 0 ? 1 : sample.dim(0);
    if (values.length != 1 && values.length != channels) {
      throw options.wrong(
          key, "1 or %d numbers for samples of shape %s".formatted(channels, sample));
    }
  }

  boolean isIdentity() {
    return isUniform() && scale == 1 && means[0] == 0 && stds[0] == 1;
  }

  /** Whether all channels are treated alike. */
  boolean isUniform() {
    return means.length == 1 && stds.length == 1;
  }

  float apply(float value, int channel) {
    float mean = means.length == 1 ? means[0] : means[channel];
    float std = stds.length == 1 ? stds[0] : stds[channel];
    return (value / scale - mean) / std;
  }

  /** Applies this to samples one after another, in place. */
  void applyTo(float[] values, Shape sample) {
    if (isIdentity() || sample.elements() == 0) {
      return;
    }
    int channels = sample.rank() == 0 ? 1 : Math.toIntExact(sample.dim(0));
    int width = Math.toIntExact(sample.elements()) / channels;
    for (int i = 0; i < values.length; i++) {
      values[i] = apply(values[i], i / width % channels);
    }
  }
}
