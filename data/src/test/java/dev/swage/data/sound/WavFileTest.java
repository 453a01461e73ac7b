package dev.swage.data.sound;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.swage.data.Wav;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.SplittableRandom;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Every coding of samples that is read, and headers that lie. */
class WavFileTest {
  private static ByteBuffer bytes(int count) {
    return ByteBuffer.allocate(count).order(ByteOrder.LITTLE_ENDIAN);
  }

  static Stream<Arguments> codings() {
    return Stream.of(
        Arguments.of(1, 8, new byte[] {0, (byte) 192}),
        Arguments.of(1, 16, bytes(4).putShort((short) -32768).putShort((short) 16384).array()),
        Arguments.of(1, 24, new byte[] {0, 0, -128, 0, 0, 64}),
        Arguments.of(1, 32, bytes(8).putInt(Integer.MIN_VALUE).putInt(1 << 30).array()),
        Arguments.of(3, 32, bytes(8).putFloat(-1).putFloat(0.5f).array()),
        Arguments.of(3, 64, bytes(16).putDouble(-1).putDouble(0.5).array()));
  }

  @ParameterizedTest
  @MethodSource("codings")
  void samplesAreFromMinusOneToOne(int kind, int bits, byte[] samples) throws IOException {
    WavFile mono = WavFile.read(Wav.of(kind, 1, 11_025, bits, samples));
    assertThat(mono.rate()).isEqualTo(11_025);
    assertThat(mono.samples()).containsExactly(-1, 0.5f);
    WavFile stereo = WavFile.read(Wav.of(kind, 2, 11_025, bits, samples));
    assertThat(stereo.samples()).containsExactly(-0.25f);
  }

  @Test
  void aSizeThatIsNotKnownReachesToTheEnd() throws IOException {
    byte[] file = Wav.of(8000, 16384, -16384);
    Arrays.fill(file, file.length - 8, file.length - 4, (byte) -1);
    assertThat(WavFile.read(file).samples()).containsExactly(0.5f, -0.5f);
  }

  static Stream<Arguments> wrong() {
    byte[] good = Wav.of(8000, 1, 2, 3);
    byte[] claims = good.clone();
    claims[good.length - 9] = 64;
    byte[] noFormat = good.clone();
    noFormat[12] = 'x';
    byte[] infinite = bytes(4).putFloat(Float.POSITIVE_INFINITY).array();
    return Stream.of(
        Arguments.of(new byte[0], "it does not begin with RIFF and WAVE"),
        Arguments.of(
            "RIFF----AVI ----".getBytes(java.nio.charset.StandardCharsets.US_ASCII),
            "it does not begin with RIFF and WAVE"),
        Arguments.of(
            Arrays.copyOf(good, good.length - 2),
            "it ends after 4 bytes of samples, its header says 6"),
        Arguments.of(claims, "it ends after 6 bytes of samples, its header says 16390"),
        Arguments.of(Arrays.copyOf(good, 40), "it has no samples: it ends without a chunk 'data'"),
        Arguments.of(noFormat, "it has no format before its samples"),
        Arguments.of(
            Wav.of(85, 1, 8000, 16, infinite),
            "its samples are of format 85 with 16 bits, expected PCM of 8, 16, 24 or 32 bits or floats of 32 or 64"),
        Arguments.of(Wav.of(1, 0, 8000, 16, infinite), "it has 0 channels, expected 1 to 64"),
        Arguments.of(
            Wav.of(1, 1, -5, 16, infinite), "it has -5 samples a second, expected 1 to 768000"),
        Arguments.of(Wav.of(3, 1, 8000, 32, infinite), "sample 0 is Infinity"));
  }

  @ParameterizedTest
  @MethodSource("wrong")
  void whatIsWrongIsSaid(byte[] file, String message) {
    assertThatThrownBy(() -> WavFile.read(file))
        .isInstanceOf(IOException.class)
        .hasMessage(message);
  }

  @Test
  void bytesChangedAtRandomAreReadOrRefused() {
    byte[] good = Wav.of(8000, 1, 2, 3, 4, 5);
    SplittableRandom random = new SplittableRandom(5);
    int read = 0;
    for (int i = 0; i < 20_000; i++) {
      byte[] changed = Arrays.copyOf(good, random.nextInt(good.length + 1));
      for (int k = random.nextInt(4); k > 0 && changed.length > 0; k--) {
        changed[random.nextInt(changed.length)] = (byte) random.nextInt(256);
      }
      try {
        read += WavFile.read(changed).length() >= 0 ? 1 : 0;
      } catch (IOException e) {
        assertThat(e.getMessage()).doesNotContain("\n");
      }
    }
    assertThat(read).isPositive();
  }
}
