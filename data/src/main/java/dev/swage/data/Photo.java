package dev.swage.data;

/**
 * A picture with the statistics of photographs rather than of noise: power that falls with the
 * square of the frequency ({@link FractalNoise}), channels that go together, and things with edges,
 * one before the other, small ones being many (dead leaves: Lee, Mumford and Huang 2001).
 */
final class Photo {
  /** Of a channel's variance, what it has in common with the others. */
  private static final double COMMON = 0.9;

  private static final int THINGS = 16;
  private static final double LARGEST = 0.35;
  private static final double SMALLEST = 0.03;
  private static final int WHITE = 255;

  private final SeededRandom random;
  private final int channels;
  private final int height;
  private final int width;

  /** Channel by channel, in deviations from the mean. */
  private final float[] values;

  private Photo(SeededRandom random, int channels, int height, int width) {
    this.random = random;
    this.channels = channels;
    this.height = height;
    this.width = width;
    this.values = new float[channels * height * width];
  }

  /** Pixels from 0 to 255, whole numbers, channel by channel and row by row. */
  static float[] pixels(SeededRandom random, int channels, int height, int width) {
    Photo photo = new Photo(random, channels, height, width);
    photo.background();
    for (int i = 0; i < THINGS; i++) {
      photo.thing();
    }
    photo.expose();
    return photo.values;
  }

  private void background() {
    float[] light = FractalNoise.field(random, height, width);
    double common = Math.sqrt(COMMON);
    double own = Math.sqrt(1 - COMMON);
    for (int channel = 0; channel < channels; channel++) {
      float[] colour = FractalNoise.field(random, height, width);
      for (int i = 0; i < light.length; i++) {
        values[channel * light.length + i] = (float) (common * light[i] + own * colour[i]);
      }
    }
  }

  /**
   * An ellipse of one colour, shaded from one side to the other, with what lay there shining
   * through.
   */
  private void thing() {
    double radius = radius();
    double flat = random.uniform(0.4, 1);
    double turn = random.uniform(0, 2 * Math.PI);
    double cos = StrictMath.cos(turn);
    double sin = StrictMath.sin(turn);
    double centreX = random.uniform(0, width);
    double centreY = random.uniform(0, height);
    double blur = random.uniform(1, 4);
    double cover = random.uniform(0.5, 0.95);
    double shade = random.uniform(-0.5, 0.5);
    double[] colour = colour();
    for (int y = 0; y < height; y++) {
      for (int x = 0; x < width; x++) {
        double along = ((x - centreX) * cos + (y - centreY) * sin) / radius;
        double across = ((y - centreY) * cos - (x - centreX) * sin) / (radius * flat);
        double inside = (1 - Math.sqrt(along * along + across * across)) * radius * flat / blur;
        double share = cover * Math.clamp(inside + 0.5, 0, 1);
        if (share > 0) {
          paint(y * width + x, colour, shade * along, share);
        }
      }
    }
  }

  /** Density as 1/r³, in pixels. */
  private double radius() {
    double side = Math.min(height, width);
    double most = 1 / (SMALLEST * SMALLEST);
    double least = 1 / (LARGEST * LARGEST);
    return Math.max(1, side / Math.sqrt(random.uniform(least, most)));
  }

  private double[] colour() {
    double light = random.gaussian();
    double[] colour = new double[channels];
    for (int channel = 0; channel < channels; channel++) {
      colour[channel] = Math.sqrt(COMMON) * light + Math.sqrt(1 - COMMON) * random.gaussian();
    }
    return colour;
  }

  private void paint(int pixel, double[] colour, double shade, double share) {
    for (int channel = 0; channel < channels; channel++) {
      int at = channel * height * width + pixel;
      values[at] += (float) (share * (colour[channel] + shade - values[at]));
    }
  }

  /** From deviations to pixels: brightness and contrast differ from picture to picture. */
  private void expose() {
    double brightness = random.uniform(0.35, 0.6);
    double contrast = random.uniform(0.12, 0.25);
    for (int i = 0; i < values.length; i++) {
      values[i] = (float) Math.rint(WHITE * Math.clamp(brightness + contrast * values[i], 0, 1));
    }
  }
}
