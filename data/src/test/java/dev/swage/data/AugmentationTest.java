package dev.swage.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.swage.tensor.Shape;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.IntStream;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Pictures that vary in training, labels of tables, zip files, pictures that are broken. */
class AugmentationTest {
  private static final int EPOCHS = 200;

  @TempDir private Path folder;

  /** A row of gray levels. */
  private Path write(String name, int... levels) throws IOException {
    BufferedImage image = new BufferedImage(levels.length, 1, BufferedImage.TYPE_BYTE_GRAY);
    image.getRaster().setPixels(0, 0, levels.length, 1, levels);
    Path file = folder.resolve("p").resolve(name);
    Files.createDirectories(file.getParent());
    assertThat(ImageIO.write(image, "png", file.toFile())).isTrue();
    return file;
  }

  private DataSource open(String options) {
    return DataSource.open("images:p?gray=true&scale=1" + options, folder);
  }

  private static List<Integer> pixels(DataSource data, int sample) {
    List<Integer> pixels = new ArrayList<>();
    for (float value : data.batch(sample).inputs().getFirst().toFloats()) {
      pixels.add(Math.round(value));
    }
    return pixels;
  }

  private static Set<String> seen(DataSource data) {
    Set<String> seen = new TreeSet<>();
    for (int epoch = 0; epoch < EPOCHS; epoch++) {
      seen.add(pixels(data.inEpoch(epoch), 0).toString());
    }
    return seen;
  }

  @Test
  void picturesAreMirroredMovedAndCut() throws IOException {
    write("a/a.png", 1, 2, 3);
    assertThat(seen(open("&flip=horizontal"))).containsExactly("[1, 2, 3]", "[3, 2, 1]");
    assertThat(seen(open("&crop=2x1"))).containsExactly("[1, 2]", "[2, 3]");
    // One row: half of what is moved up or down is black.
    assertThat(seen(open("&shift=1")))
        .containsExactly("[0, 0, 0]", "[0, 1, 2]", "[1, 2, 3]", "[2, 3, 0]");
    assertThat(seen(open("&crop=2x1&flip=horizontal")))
        .containsExactly("[1, 2]", "[2, 1]", "[2, 3]", "[3, 2]");
    assertThat(seen(open(""))).containsExactly("[1, 2, 3]");
  }

  @Test
  void outsideOfTrainingTheyAreAsTheyAreOrTheMiddle() throws IOException {
    write("a/a.png", 1, 2, 3, 4);
    assertThat(pixels(open("&flip=horizontal&shift=1"), 0)).containsExactly(1, 2, 3, 4);
    DataSource middle = open("&crop=2x1&flip=horizontal");
    assertThat(middle.inputShapes()).containsExactly(Shape.of(1, 1, 2));
    assertThat(pixels(middle, 0)).containsExactly(2, 3);
  }

  @Test
  void theSeedTheEpochAndTheSampleDecide() throws IOException {
    for (int i = 0; i < 12; i++) {
      write("a/%02d.png".formatted(i), 1, 2, 3, 4, 5, 6);
    }
    String options = "&flip=horizontal&crop=3x1&seed=4";
    int[] all = IntStream.range(0, 12).toArray();
    int[] reversed = IntStream.range(0, 12).map(i -> 11 - i).toArray();
    float[] once = open(options).inEpoch(3).batch(all).inputs().getFirst().toFloats();
    assertThat(open(options).inEpoch(3).batch(all).inputs().getFirst().toFloats())
        .containsExactly(once);
    float[] other = open(options).inEpoch(3).batch(reversed).inputs().getFirst().toFloats();
    for (int i = 0; i < 12; i++) {
      assertThat(Arrays.copyOfRange(other, 3 * i, 3 * i + 3))
          .containsExactly(Arrays.copyOfRange(once, 3 * (11 - i), 3 * (11 - i) + 3));
    }
    assertThat(open(options).inEpoch(4).batch(all).inputs().getFirst().toFloats())
        .isNotEqualTo(once);
    assertThat(
            open("&flip=horizontal&crop=3x1&seed=5")
                .inEpoch(3)
                .batch(all)
                .inputs()
                .getFirst()
                .toFloats())
        .isNotEqualTo(once);
    // A part of the data has the same pictures.
    DataSource part = open(options + "&split=train&fractions=0.5,0.25,0.25");
    assertThat(part.inEpoch(3).batch(0).inputs().getFirst().toFloats()).hasSize(3);
    assertThat(part.variation()).isEqualTo(open(options).variation()).isNotEmpty();
  }

  @Test
  void howPicturesVaryIsAPartOfTheHash() throws IOException {
    write("a/a.png", 1, 2, 3);
    assertThat(open("&flip=horizontal").hash()).isNotEqualTo(open("").hash());
    assertThat(open("&shift=0").hash()).isEqualTo(open("").hash());
  }

  @Test
  void picturesOfAnySizeAreCut() throws IOException {
    write("a/a.png", 1, 2, 3);
    Path small = write("a/b.png", 1);
    write("a/c.png", 1, 2, 3, 4);
    DataSource data = open("&crop=2x1");
    assertThat(pixels(data, 2)).containsExactly(2, 3);
    assertThatThrownBy(() -> data.batch(1))
        .hasMessage(
            small
                + " is 1 x 1 pixels, smaller than crop=2x1; resize=WIDTHxHEIGHT makes all alike first");
  }

  @Test
  void labelsMayStandInATableOrInNames() throws IOException {
    write("a/x_1.png", 1);
    write("b/y_2.png", 2);
    Files.writeString(folder.resolve("l.csv"), "file,label\ny_2.png,0.5\na/x_1.png,-1\n");
    DataSource data = open("&labels=l.csv&task=regression");
    assertThat(data.batch(0, 1).targets().orElseThrow().toFloats()).containsExactly(0.5f, -1);
    assertThat(pixels(data, 0)).containsExactly(2);
    assertThat(open("&label=^(.)_").classNames()).containsExactly("x", "y");
    assertThat(open("&label=none&test=_2&split=test").batch(0).targets()).isEmpty();
    assertThat(pixels(open("&test=_2&split=test"), 0)).containsExactly(2);
  }

  @Test
  void aZipFileIsAFolder() throws IOException {
    Path picture = write("x/1.png", 7);
    try (ZipOutputStream out =
        new ZipOutputStream(Files.newOutputStream(folder.resolve("z.zip")))) {
      out.putNextEntry(new ZipEntry("set/cat/1.png"));
      Files.copy(picture, out);
    }
    DataSource data = DataSource.open("images:z.zip?gray=true&scale=1", folder);
    assertThat(data.classNames()).containsExactly("cat");
    assertThat(pixels(data, 0)).containsExactly(7);
  }

  @Test
  void brokenPicturesAreNamedOrCounted() throws IOException {
    write("a/a.png", 1);
    Path good = write("b/c.png", 2);
    byte[] bytes = Files.readAllBytes(good);
    Path broken = Files.write(folder.resolve("p/b/b.png"), Arrays.copyOf(bytes, bytes.length / 2));
    DataSource data = open("");
    assertThatThrownBy(() -> data.batch(1)).hasMessageStartingWith(broken + " cannot be decoded: ");
    DataSource whole = open("&broken=skip");
    assertThat(whole.size()).isEqualTo(2);
    assertThat(whole.name()).endsWith(" (1 that cannot be decoded left out: b/b.png)");
    assertThat(pixels(whole, 1)).containsExactly(2);
    Files.delete(good);
    Files.delete(folder.resolve("p/a/a.png"));
    assertThatThrownBy(() -> open("&broken=skip"))
        .hasMessageEndingWith(": none of the 1 files can be decoded");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "&flip=vertical|unknown value 'vertical' of key 'flip'; Known: horizontal",
        "&shift=-1|key 'shift' is '-1', expected a whole number from 0",
        "&crop=2|key 'crop' is '2', expected WIDTHxHEIGHT in pixels, such as 224x224",
        "&crop=4x4&resize=8x3|key 'crop' is '4x4', expected at most the size of resize",
        "&label=x|key 'label' is 'x', expected folder, none, or a regular expression with one group",
      })
  void whatDoesNotFitIsSaidInOneLine(String options, String message) throws IOException {
    write("a/a.png", 1);
    assertThatThrownBy(() -> open(options)).hasMessageEndingWith(message);
  }
}
