package dev.swage.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;

class PhotoRowsTest {
  private static final int SIDE = 128;
  private static final int SAMPLES = 24;

  private static float[] photo(String keys, int index) {
    return DataSource.open("random:1x3x%dx%d?dist=photo%s".formatted(SIDE, SIDE, keys))
        .batch(index)
        .inputs()
        .getFirst()
        .toFloats();
  }

  @Test
  void pixelsAreBytesOver255() {
    float[] raw = photo("&scale=1", 3);
    float[] values = photo("", 3);
    float[] normalized = photo("&scale=1&mean=127&std=128", 3);
    for (int i = 0; i < raw.length; i++) {
      assertThat(raw[i]).isBetween(0f, 255f).isEqualTo((float) Math.rint(raw[i]));
      assertThat(values[i]).isEqualTo(raw[i] / 255);
      assertThat(normalized[i]).isEqualTo((raw[i] - 127) / 128);
    }
  }

  @Test
  void picturesDependOnSeedAndIndexOnly() {
    assertThat(photo("&seed=2", 4)).isEqualTo(photo("&seed=2&n=5", 4));
    assertThat(photo("&seed=2", 4)).isNotEqualTo(photo("&seed=3", 4));
    assertThat(photo("", 0)).isNotEqualTo(photo("", 1));
    assertThat(photo("", 0)).isNotEqualTo(photo("&split=test", 0));
  }

  /**
   * Means of blocks of the first channel, each difference to the right neighbour squared: for power
   * as 1/f² it hardly depends on the size of the blocks, for noise it falls to a quarter with each
   * doubling.
   */
  private static double contrast(int block) {
    double sum = 0;
    for (int sample = 0; sample < SAMPLES; sample++) {
      float[] photo = photo("", sample);
      for (int y = 0; y + block <= SIDE; y += block) {
        for (int x = 0; x + 2 * block <= SIDE; x += 2 * block) {
          double difference = mean(photo, x, y, block) - mean(photo, x + block, y, block);
          sum += difference * difference * 2 * block * block;
        }
      }
    }
    return sum / SAMPLES / SIDE / SIDE;
  }

  private static double mean(float[] photo, int x, int y, int block) {
    double sum = 0;
    for (int dy = 0; dy < block; dy++) {
      for (int dx = 0; dx < block; dx++) {
        sum += photo[(y + dy) * SIDE + x + dx];
      }
    }
    return sum / block / block;
  }

  @Test
  void powerFallsWithTheSquareOfTheFrequency() {
    double fine = contrast(1);
    for (int block = 2; block <= 16; block *= 2) {
      assertThat(contrast(block) / fine).as("blocks of %d", block).isBetween(0.5, 5.0);
    }
  }

  @Test
  void channelsGoTogether() {
    for (int sample = 0; sample < SAMPLES; sample++) {
      float[] photo = photo("", sample);
      assertThat(correlation(photo, 0, 1)).isBetween(0.6, 0.99);
      assertThat(correlation(photo, 1, 2)).isBetween(0.6, 0.99);
    }
  }

  private static double correlation(float[] photo, int a, int b) {
    int count = SIDE * SIDE;
    double[] sums = new double[5];
    for (int i = 0; i < count; i++) {
      double x = photo[a * count + i];
      double y = photo[b * count + i];
      sums[0] += x;
      sums[1] += y;
      sums[2] += x * x;
      sums[3] += y * y;
      sums[4] += x * y;
    }
    double covariance = sums[4] / count - sums[0] / count * (sums[1] / count);
    double varianceA = sums[2] / count - Math.pow(sums[0] / count, 2);
    double varianceB = sums[3] / count - Math.pow(sums[1] / count, 2);
    return covariance / Math.sqrt(varianceA * varianceB);
  }

  @Test
  void photosHaveChannelsHeightAndWidth() {
    assertThatThrownBy(() -> DataSource.open("random:1x10?dist=photo"))
        .isInstanceOf(DataException.class)
        .hasMessage(
            "random:1x10?dist=photo: key 'dist' is 'photo', expected normal or uniform for [10]:"
                + " photos are 1xCHANNELSxHEIGHTxWIDTH");
  }
}
