package dev.swage.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.swage.tensor.Shape;
import dev.swage.tensor.Tensor;
import java.util.Arrays;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class GlyphsTest {
  private static final int PIXELS = 28 * 28;

  @Test
  void sizesShapesAndClasses() {
    DataSource train = DataSource.open("glyphs:?n=25");
    assertThat(train.size()).isEqualTo(25);
    assertThat(train.inputShapes()).containsExactly(Shape.of(1, 28, 28));
    assertThat(train.classes()).hasValue(10);
    assertThat(train.batch(0, 9, 10, 24).targets().orElseThrow().toLongs())
        .containsExactly(0, 9, 0, 4);
    assertThat(DataSource.open("glyphs:?n=2&size=16").batch(0, 1).inputs().getFirst().shape())
        .isEqualTo(Shape.of(2, 1, 16, 16));
  }

  @Test
  void everyImageHasInkOnPaper() {
    float[] values = inputs(DataSource.open("glyphs:?n=500")).toFloats();
    for (int i = 0; i < 500; i++) {
      float[] image = Arrays.copyOfRange(values, i * PIXELS, (i + 1) * PIXELS);
      long ink = IntStream.range(0, PIXELS).filter(p -> image[p] > 0.4f).count();
      assertThat(ink).as("pixels with ink in image %d", i).isBetween(15L, 300L);
    }
    for (float value : values) {
      assertThat(value).isBetween(0f, 1f);
    }
  }

  @Test
  void fewerAreTheBeginningOfMore() {
    DataSource many = DataSource.open("glyphs:?n=600&seed=3");
    assertThat(many.limit(40).hash()).isEqualTo(DataSource.open("glyphs:?n=40&seed=3").hash());
  }

  @Test
  void sameSeedSameBytesOtherSeedsAndSplitsOthers() {
    String hash = DataSource.open("glyphs:?n=300&seed=3").hash();
    assertThat(DataSource.open("glyphs:?n=300&seed=3").hash()).isEqualTo(hash);
    assertThat(DataSource.open("glyphs:?n=300&seed=4").hash()).isNotEqualTo(hash);
    assertThat(DataSource.open("glyphs:?n=300&seed=3&split=test").hash()).isNotEqualTo(hash);
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9})
  void aDigitsDrawingsDifferFromOneAnother(int digit) {
    DataSource source = DataSource.open("glyphs:?n=100&seed=9");
    float[] first = source.batch(digit).inputs().getFirst().toFloats();
    for (int i = digit + 10; i < 100; i += 10) {
      float[] other = source.batch(i).inputs().getFirst().toFloats();
      double difference = 0;
      for (int p = 0; p < PIXELS; p++) {
        difference += Math.abs(first[p] - other[p]);
      }
      assertThat(difference).isGreaterThan(10);
    }
  }

  /** Says which digit an image is by the class whose mean image is nearest. */
  @Test
  void classMeansTellDigitsApartButNotWell() {
    DataSource train = DataSource.open("glyphs:?n=2000&seed=1");
    DataSource test = DataSource.open("glyphs:?n=500&seed=1&split=test");
    double[][] means = new double[10][PIXELS];
    float[] values = inputs(train).toFloats();
    for (int i = 0; i < values.length; i++) {
      means[i / PIXELS % 10][i % PIXELS] += values[i] / 200.0;
    }
    int right = 0;
    for (int i = 0; i < test.size(); i++) {
      float[] image = test.batch(i).inputs().getFirst().toFloats();
      right += nearest(means, image) == i % 10 ? 1 : 0;
    }
    // By chance 50 of 500; a conv net gets nearly all.
    assertThat(right).isBetween(150, 450);
  }

  @Test
  void badSizes() {
    assertThatThrownBy(() -> DataSource.open("glyphs:?size=11"))
        .isInstanceOf(DataException.class)
        .hasMessage("glyphs:?size=11: key 'size' is '11', expected a whole number from 12");
    assertThatThrownBy(() -> DataSource.open("glyphs:?size=257"))
        .isInstanceOf(DataException.class)
        .hasMessage(
            "glyphs:?size=257: key 'size' is '257', expected at most 256, and n·size² below"
                + " 2^31-8");
  }

  private static int nearest(double[][] means, float[] image) {
    int best = 0;
    double least = Double.MAX_VALUE;
    for (int digit = 0; digit < means.length; digit++) {
      double distance = 0;
      for (int p = 0; p < PIXELS; p++) {
        distance += Math.pow(image[p] - means[digit][p], 2);
      }
      if (distance < least) {
        least = distance;
        best = digit;
      }
    }
    return best;
  }

  private static Tensor inputs(DataSource source) {
    return source.batch(IntStream.range(0, source.size()).toArray()).inputs().getFirst();
  }
}
