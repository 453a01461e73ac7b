package dev.swage.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.swage.tensor.Shape;
import dev.swage.tensor.Tensor;
import dev.swage.testkit.SharedData;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class IdxSourceTest {
  @TempDir Path folder;

  @Test
  void mnistIsWhatItsAuthorsPublished() {
    Path data = SharedData.require("datasets/mnist").getParent();
    DataSource train = DataSource.open("idx:mnist?scale=1", data);
    assertThat(train.size()).isEqualTo(60_000);
    assertThat(train.inputShapes()).containsExactly(Shape.of(1, 28, 28));
    assertThat(train.classes()).hasValue(10);
    Batch first = train.batch(0, 1, 2, 3, 4);
    assertThat(first.targets().orElseThrow().toLongs()).containsExactly(5, 0, 4, 1, 9);
    float[] five = train.batch(0).inputs().getFirst().toFloats();
    double sum = 0;
    for (float pixel : five) {
      sum += pixel;
    }
    assertThat(sum).isEqualTo(27_525);
    assertThat(five[5 * 28 + 12]).isEqualTo(3);

    DataSource test = DataSource.open("idx:mnist?split=test", data);
    assertThat(test.size()).isEqualTo(10_000);
    assertThat(test.batch(0, 1, 2).targets().orElseThrow().toLongs()).containsExactly(7, 2, 1);
  }

  @Test
  void pixelsAreDividedBy255AndThenStandardized() throws IOException {
    write("train", 3, 2, 2);
    assertThat(open("").batch(1).inputs().getFirst().toFloats())
        .containsExactly(4f / 255, 5f / 255, 6f / 255, 7f / 255);
    assertThat(open("?mean=0.5&std=0.25").batch(0).inputs().getFirst().toFloats())
        .containsExactly(
            (0f / 255 - 0.5f) / 0.25f,
            (1f / 255 - 0.5f) / 0.25f,
            (2f / 255 - 0.5f) / 0.25f,
            (3f / 255 - 0.5f) / 0.25f);
  }

  @Test
  void flatLayoutHoldsTheSameValues() throws IOException {
    write("train", 3, 2, 2);
    Tensor flat = open("?layout=flat").batch(0, 2).inputs().getFirst();
    assertThat(flat.shape()).isEqualTo(Shape.of(2, 4));
    assertThat(flat.toFloats()).isEqualTo(open("").batch(0, 2).inputs().getFirst().toFloats());
    assertThat(open("?layout=flat&mean=1,2,3,4&scale=1").batch(0).inputs().getFirst().toFloats())
        .containsExactly(-1, -1, -1, -1);
  }

  @Test
  void holdoutMovesTheLastTrainingSamplesToValidation() throws IOException {
    write("train", 10, 1, 1);
    DataSource train = open("?holdout=3&scale=1");
    DataSource validation = open("?holdout=3&scale=1&split=validation");
    assertThat(train.size()).isEqualTo(7);
    assertThat(train.batch(6).inputs().getFirst().getFloat(0)).isEqualTo(6);
    assertThat(validation.size()).isEqualTo(3);
    assertThat(validation.batch(0, 2).inputs().getFirst().toFloats()).containsExactly(7, 9);
    assertThat(validation.name()).isEqualTo("idx:.?holdout=3&scale=1&split=validation");
  }

  @Test
  void limitTakesTheFirstSamplesOrASeededDraw() throws IOException {
    write("train", 200, 1, 1);
    float[] first = open("?limit=5&scale=1").batch(0, 1, 2, 3, 4).inputs().getFirst().toFloats();
    assertThat(first).containsExactly(0, 1, 2, 3, 4);
    DataSource drawn = open("?limit=5&scale=1&seed=1");
    float[] values = drawn.batch(0, 1, 2, 3, 4).inputs().getFirst().toFloats();
    assertThat(values).isSorted().doesNotHaveDuplicates().isNotEqualTo(first);
    assertThat(open("?limit=5&scale=1&seed=1").hash()).isEqualTo(drawn.hash());
    assertThat(open("?limit=500").size()).isEqualTo(200);
  }

  @Test
  void batchesEqualSingleReads() throws IOException {
    write("train", 20, 3, 2);
    DataSource source = open("?limit=15&seed=4");
    Batch batch = source.batch(14, 3, 3, 0);
    for (int i = 0; i < 4; i++) {
      Batch single = source.batch(new int[] {14, 3, 3, 0}[i]);
      assertThat(single.size()).isEqualTo(1);
      assertThat(single.inputs().getFirst().toFloats())
          .isEqualTo(Arrays.copyOfRange(batch.inputs().getFirst().toFloats(), 6 * i, 6 * i + 6));
      assertThat(single.targets().orElseThrow().toLongs())
          .containsExactly(batch.targets().orElseThrow().toLongs()[i]);
    }
    assertThatThrownBy(() -> source.batch(15)).isInstanceOf(IndexOutOfBoundsException.class);
  }

  @Test
  void damagedFiles() throws IOException {
    write("train", 3, 2, 2);
    Path images = folder.resolve("train-images-idx3-ubyte");
    byte[] whole = Files.readAllBytes(images);

    Files.write(images, Arrays.copyOf(whole, whole.length - 1));
    fails("", images + " has dimensions [3, 2, 2], so 12 bytes of data, but only 11 are there");
    Files.write(images, Arrays.copyOf(whole, whole.length + 1));
    fails("", images + " has dimensions [3, 2, 2], so 12 bytes of data, but more follow");
    Files.write(images, Arrays.copyOf(whole, 7));
    fails("", images + " cannot be read: it ends too early");
    Files.write(images, ByteBuffer.wrap(whole.clone()).putInt(4, Integer.MAX_VALUE).array());
    fails("", images + " has dimensions [2147483647, 2, 2], expected from 1 to 2^31-9 elements");
    Files.write(images, ByteBuffer.wrap(whole.clone()).putInt(4, 400_000_000).array());
    fails(
        "",
        images
            + " has dimensions [400000000, 2, 2], so 1600000000 bytes of data, but only 12 are"
            + " there");
    Files.write(images, ByteBuffer.wrap(whole.clone()).putInt(0, 0x00000D03).array());
    fails(
        "",
        images
            + " begins with bytes [0, 0, 13, 3], expected [0, 0, 8, 3]: an IDX file of unsigned"
            + " bytes and rank 3");
    Files.write(images, whole);
    Files.write(
        folder.resolve("train-labels-idx1-ubyte"), new byte[] {0, 0, 8, 1, 0, 0, 0, 2, 0, 1});
    fails(
        "",
        folder.resolve("train-labels-idx1-ubyte")
            + " has 2 labels, but "
            + images
            + " has 3 images");
  }

  @Test
  void splitsThatAreNotThere() throws IOException {
    write("train", 3, 2, 2);
    fails(
        "?split=test",
        "idx:.?split=test: "
            + folder.resolve(".")
            + " holds neither t10k-images-idx3-ubyte nor t10k-images-idx3-ubyte.gz");
    fails(
        "?split=validation",
        "idx:.?split=validation: key 'split' is 'validation', expected train or test, or holdout=N"
            + " with it for the last N training samples");
    fails(
        "?holdout=3",
        "idx:.?holdout=3: key 'holdout' is '3', expected less than the 3 training samples");
    fails("?std=1,0", "idx:.?std=1,0: key 'std' is '1,0', expected numbers above 0");
    fails(
        "?mean=1,2",
        "idx:.?mean=1,2: key 'mean' is '1,2', expected 1 or 1 numbers for samples of shape"
            + " [1, 2, 2]");
  }

  private DataSource open(String options) {
    return DataSource.open("idx:." + options, folder);
  }

  private void fails(String options, String message) {
    assertThatThrownBy(() -> open(options))
        .isInstanceOf(DataException.class)
        .hasMessage(message.replace(folder + "/train", folder.resolve(".") + "/train"));
  }

  /** Images whose bytes count up from 0, with labels 0, 1, 2, 0, 1, 2, … */
  private void write(String prefix, int count, int height, int width) throws IOException {
    ByteBuffer images = ByteBuffer.allocate(16 + count * height * width);
    images.putInt(0x803).putInt(count).putInt(height).putInt(width);
    ByteBuffer labels = ByteBuffer.allocate(8 + count).putInt(0x801).putInt(count);
    for (int i = 0; i < count * height * width; i++) {
      images.put((byte) i);
    }
    for (int i = 0; i < count; i++) {
      labels.put((byte) (i % 3));
    }
    Files.write(folder.resolve(prefix + "-images-idx3-ubyte"), images.array());
    Files.write(folder.resolve(prefix + "-labels-idx1-ubyte"), labels.array());
  }
}
