package dev.swage.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.swage.tensor.Shape;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ImageSourceTest {
  @TempDir Path folder;

  @Test
  void foldersAreClassesAndPicturesAreChannelsFirst() throws IOException {
    write("dog/b.png", rgb(2, 1, 0x010203, 0x040506));
    write("cat/a.png", rgb(2, 1, 0xFF0080, 0x00FF00));
    Files.writeString(folder.resolve("cat/notes.txt"), "not a picture");
    Files.createDirectory(folder.resolve(".hidden"));
    DataSource source = DataSource.open("images:.?scale=1", folder);
    assertThat(source.classNames()).containsExactly("cat", "dog");
    assertThat(source.inputShapes()).containsExactly(Shape.of(3, 1, 2));
    Batch batch = source.batch(1, 0);
    assertThat(batch.targets().orElseThrow().toLongs()).containsExactly(1, 0);
    assertThat(batch.inputs().getFirst().toFloats())
        .containsExactly(1, 4, 2, 5, 3, 6, 255, 0, 0, 255, 128, 0);
    assertThat(DataSource.open("images:.", folder).batch(0).inputs().getFirst().toFloats())
        .containsExactly(1, 0, 0, 1, 128f / 255, 0);
  }

  @Test
  void grayLevelsAreThoseOfTheFile() throws IOException {
    BufferedImage image = new BufferedImage(3, 1, BufferedImage.TYPE_BYTE_GRAY);
    image.getRaster().setPixels(0, 0, 3, 1, new int[] {0, 100, 255});
    write("a/a.png", image);
    assertThat(first("?gray=true&scale=1"))
        .containsExactly(new float[] {0, 100, 255}, within(1e-4f));
    assertThat(first("?scale=1")).containsExactly(0, 100, 255, 0, 100, 255, 0, 100, 255);
  }

  @Test
  void colourBecomesLuma() throws IOException {
    write("a/a.png", rgb(3, 1, 0xFF0000, 0x00FF00, 0x0000FF));
    assertThat(first("?gray=true"))
        .containsExactly(new float[] {0.299f, 0.587f, 0.114f}, within(1e-6f));
  }

  @Test
  void resizingWeighsNeighboursByNearness() throws IOException {
    write("a/a.png", rgb(2, 2, 0x000000, 0x640000, 0xC80000, 0x640000));
    float[] wide = first("?scale=1&resize=4x2");
    // Pixel centres of the 4 columns fall on 0 (border), 1/4, 3/4 and 1 of the way between the 2.
    assertThat(Arrays.copyOf(wide, 8)).containsExactly(0, 25, 75, 100, 200, 175, 125, 100);
    assertThat(DataSource.open("images:.?resize=4x2", folder).inputShapes())
        .containsExactly(Shape.of(3, 2, 4));
  }

  @Test
  void picturesOfDifferentSizeNeedResizing() throws IOException {
    write("a/a.png", rgb(2, 1, 0, 0));
    write("a/b.png", rgb(1, 2, 0, 0));
    DataSource source = DataSource.open("images:.", folder);
    assertThatThrownBy(() -> source.batch(1))
        .isInstanceOf(DataException.class)
        .hasMessage(
            folder.resolve(".").resolve("a/b.png")
                + " is 1 x 2 pixels, expected 2 x 1 as a.png; resize=2x1 stretches all alike");
  }

  @Test
  void whatCannotBeRead() throws IOException {
    assertThatThrownBy(() -> DataSource.open("images:.", folder))
        .isInstanceOf(DataException.class)
        .hasMessage(
            "images:.: %s holds no folder with PNG, JPEG, BMP or GIF pictures, expected one per"
                + " class",
            folder.resolve("."));
    Files.createDirectory(folder.resolve("a"));
    Files.writeString(folder.resolve("a/a.png"), "text");
    Path file = folder.resolve(".").resolve("a/a.png");
    assertThatThrownBy(() -> DataSource.open("images:.", folder))
        .isInstanceOf(DataException.class)
        .hasMessage(file + " is not a PNG, JPEG, BMP or GIF picture");
    assertThatThrownBy(() -> DataSource.open("images:.?resize=28", folder))
        .isInstanceOf(DataException.class)
        .hasMessage(
            "images:.?resize=28: key 'resize' is '28', expected WIDTHxHEIGHT in pixels, such as"
                + " 224x224");
  }

  private float[] first(String options) {
    return DataSource.open("images:." + options, folder).batch(0).inputs().getFirst().toFloats();
  }

  private void write(String name, BufferedImage image) throws IOException {
    Path file = folder.resolve(name);
    Files.createDirectories(file.getParent());
    assertThat(ImageIO.write(image, "png", file.toFile())).isTrue();
  }

  private static BufferedImage rgb(int width, int height, int... pixels) {
    BufferedImage image = new BufferedImage(width, height, BufferedImage.TYPE_INT_RGB);
    image.setRGB(0, 0, width, height, pixels, 0, width);
    return image;
  }
}
