package dev.swage.data.sound;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Transforms against their formulas, rates against waves that are known. */
class SpectraTest {
  private static float[] wave(double hertz, int rate, int length) {
    float[] wave = new float[length];
    for (int i = 0; i < length; i++) {
      wave[i] = (float) Math.sin(2 * Math.PI * hertz * i / rate);
    }
    return wave;
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 8, 64})
  void theFastTransformIsTheSumOfTheFormula(int size) {
    SplittableRandom random = new SplittableRandom(size);
    double[] re = random.doubles(size, -1, 1).toArray();
    double[] im = random.doubles(size, -1, 1).toArray();
    double[] fastRe = re.clone();
    double[] fastIm = im.clone();
    new Fourier(size).transform(fastRe, fastIm);
    for (int k = 0; k < size; k++) {
      double sumRe = 0;
      double sumIm = 0;
      for (int n = 0; n < size; n++) {
        double angle = -2 * Math.PI * k * n / size;
        sumRe += re[n] * Math.cos(angle) - im[n] * Math.sin(angle);
        sumIm += re[n] * Math.sin(angle) + im[n] * Math.cos(angle);
      }
      assertThat(fastRe[k]).isCloseTo(sumRe, within(1e-10));
      assertThat(fastIm[k]).isCloseTo(sumIm, within(1e-10));
    }
  }

  @ParameterizedTest
  @CsvSource({"8000,16000,440", "16000,8000,440", "44100,16000,1000", "22050,8000,3000"})
  void aWaveIsTheSameWaveAtAnotherRate(int from, int to, double hertz) {
    Resampler resampler = new Resampler(from, to);
    float[] out = resampler.apply(wave(hertz, from, from / 2), Integer.MAX_VALUE);
    float[] expected = wave(hertz, to, to / 2);
    assertThat(out).hasSize(expected.length);
    for (int i = to / 20; i < out.length - to / 20; i++) {
      assertThat(out[i]).isCloseTo(expected[i], within(2e-3f));
    }
  }

  @Test
  void whatTheNewRateCannotHoldIsFilteredOut() {
    float[] out = new Resampler(16_000, 8_000).apply(wave(5_500, 16_000, 16_000), 8_000);
    for (int i = 200; i < out.length - 200; i++) {
      assertThat(Math.abs(out[i])).isLessThan(2e-3f);
    }
  }

  @Test
  void aConstantStaysAndLengthsAreRoundedUp() {
    float[] ones = new float[1001];
    java.util.Arrays.fill(ones, 1);
    Resampler resampler = new Resampler(3, 2);
    assertThat(resampler.length(1001)).isEqualTo(668);
    float[] out = resampler.apply(ones, 100);
    assertThat(out).hasSize(100);
    assertThat(out[60]).isCloseTo(1, within(1e-6f));
    assertThat(new Resampler(5, 5).apply(new float[] {1, 2, 3}, 9)).containsExactly(1, 2, 3);
  }

  /**
   * Eight samples a frame at 8 a second: bins lie 1 Hz apart. With 2 filters the corners are 0, a,
   * b, 4 Hz where mel is even; frequencies are small against 700, so that a = 4/3, b = 8/3 nearly.
   */
  @Test
  void framesAreGatheredAsTheFormulaSays() {
    double a = corner(1);
    double b = corner(2);
    assertThat(a).isCloseTo(4 / 3.0, within(0.01));
    float[] samples = {1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 3, 0};
    LogMel mel = new LogMel(8, 2, 8, 2);
    assertThat(mel.frames(12)).isEqualTo(3);
    float[] out = mel.apply(samples);
    assertThat(out).hasSize(6);
    // The first frame is an impulse where the window is 0: no power at all.
    assertThat(out[0]).isCloseTo((float) Math.log(1e-6), within(1e-6f));
    // The third begins at sample 4 and has 3 at its place 6, where the window is 0.5: power 2.25
    // everywhere.
    double low = 2.25 * (1 / a + (b - 2) / (b - a));
    double high = 2.25 * ((2 - a) / (b - a) + (4 - 3) / (4 - b));
    assertThat(out[4]).isCloseTo((float) Math.log(low + 1e-6), within(1e-5f));
    assertThat(out[5]).isCloseTo((float) Math.log(high + 1e-6), within(1e-5f));
  }

  private static double corner(int i) {
    double top = 2595 * Math.log10(1 + 4 / 700.0);
    return 700 * (Math.pow(10, top * i / 3 / 2595) - 1);
  }

  @Test
  void aToneIsLoudestInItsFilter() {
    LogMel mel = new LogMel(8000, 20, 256, 80);
    float[] out = mel.apply(wave(1000, 8000, 256));
    int loudest = 0;
    for (int m = 1; m < 20; m++) {
      loudest = out[m] > out[loudest] ? m : loudest;
    }
    double top = 2595 * Math.log10(1 + 4000 / 700.0);
    double expected = 2595 * Math.log10(1 + 1000 / 700.0) / top * 21 - 1;
    assertThat((double) loudest).isCloseTo(expected, within(0.6));
    assertThat(mel.hasEmptyFilter()).isFalse();
    assertThat(new LogMel(8000, 200, 256, 80).hasEmptyFilter()).isTrue();
  }
}
