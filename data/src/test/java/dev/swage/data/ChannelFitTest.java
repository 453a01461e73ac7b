package dev.swage.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.swage.onnx.Graph;
import dev.swage.onnx.OnnxException;
import dev.swage.onnx.OnnxModel;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Statistics of the channels of pictures and recordings. */
class ChannelFitTest {
  @TempDir private Path folder;

  /** Two pixels each: red varies, green is 51 of 255 everywhere, blue varies by picture. */
  @BeforeEach
  void write() throws IOException {
    picture("a/0.png", 0x0033FF, 0xFF33FF);
    picture("a/1.png", 0x003300, 0xFF3300);
    picture("b/test.png", 0xFFFFFF, 0xFFFFFF);
    Wav.write(folder.resolve("w/a/0.wav"), 4, 16384, -16384, 16384, -16384);
    Wav.write(folder.resolve("w/b/1.wav"), 4, 16384, 16384, 16384, 16384);
  }

  private void picture(String name, int left, int right) throws IOException {
    BufferedImage image = new BufferedImage(2, 1, BufferedImage.TYPE_INT_RGB);
    image.setRGB(0, 0, 2, 1, new int[] {left, right}, 0, 2);
    Path file = folder.resolve("p").resolve(name);
    Files.createDirectories(file.getParent());
    assertThat(ImageIO.write(image, "png", file.toFile())).isTrue();
  }

  private DataSource open(String spec) {
    return DataSource.open(spec, folder);
  }

  @Test
  void theTrainingPartSaysWhatTheModelDoes() {
    DataSource train = open("images:p?standardize=true&test=test&split=train");
    FeatureStatistics channels = train.schema().channels().orElseThrow();
    assertThat(channels.means()).containsExactly(0.5f, 0.2f, 0.5f);
    assertThat(channels.deviations()).containsExactly(0.5f, 1f, 0.5f);
    // The pictures stay as they are.
    assertThat(train.batch(0).inputs().getFirst().toFloats())
        .containsExactly(0, 1, 0.2f, 0.2f, 1, 1);
    FeatureStatistics sound = open("wav:w?standardize=true").schema().channels().orElseThrow();
    assertThat(sound.means()).containsExactly(0.25f);
    assertThat(sound.deviations().getFirst())
        .isCloseTo((float) Math.sqrt(3) / 4, org.assertj.core.api.Assertions.within(1e-6f));
  }

  @Test
  void aModelKnowsThem() {
    DataSchema known = open("images:p?standardize=true").schema();
    OnnxModel model = known.applyTo(OnnxModel.of(Graph.builder("g").build()));
    assertThat(DataSchema.of(model)).isEqualTo(known);
    assertThat(DataSource.open("images:p", folder, known).schema()).isEqualTo(known);
    assertThatThrownBy(() -> DataSource.open("images:p?mean=0.5", folder, known))
        .hasMessage(
            "images:p?mean=0.5: mean and std contradict the model, which standardizes its channels itself; leave them out");
    assertThatThrownBy(() -> DataSource.open("images:p?standardize=true", folder, DataSchema.NONE))
        .hasMessage(
            "images:p?standardize=true: standardize=true is done by a model that was trained so, and this one was not; leave it out, or say mean and std");
    assertThat(open("images:p").schema().conflict(known).orElseThrow())
        .startsWith("the model has no statistics of the channels, which standardize=true needs");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "images:p?standardize=true&std=2|standardize=true contradicts mean and std",
        "images:p?standardize=own|key 'standardize' is 'own', expected true or false",
        "wav:w?standardize=true&layout=flat|key 'standardize' is 'true', expected to stand beside layout=image, which has channels",
      })
  void whatDoesNotFitIsSaidInOneLine(String spec, String message) {
    assertThatThrownBy(() -> open(spec)).hasMessage(spec + ": " + message);
  }

  @Test
  void entriesThatAreMalformedAreNamed() {
    for (List<String> pair : List.of(List.of("[1]", "[0]"), List.of("[1]", "[1, 2]"))) {
      Map<String, String> metadata =
          Map.of("swage.channels.mean", pair.get(0), "swage.channels.std", pair.get(1));
      assertThatThrownBy(() -> DataSchema.parse(metadata))
          .isInstanceOf(OnnxException.class)
          .hasMessageStartingWith("metadata swage.channels.mean and swage.channels.std: ");
    }
  }
}
