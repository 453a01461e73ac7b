package dev.swage.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.swage.tensor.Shape;
import dev.swage.tensor.Tensor;
import dev.swage.testkit.SharedData;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class OnnxTestSourceTest {
  @TempDir Path folder;

  @Test
  void setsAreSamplesWithTensorsAsStored() {
    Path data = SharedData.require("models/ort-examples/mnist.testdata").getParent();
    DataSource source = DataSource.open("onnxpb:mnist.testdata", data);
    assertThat(source.size()).isEqualTo(3);
    assertThat(source.largestBatch()).isEqualTo(1);
    assertThat(source.inputShapes()).containsExactly(Shape.of(1, 1, 28, 28));
    Batch batch = source.batch(2);
    assertThat(batch.inputs()).hasSize(1);
    assertThat(batch.inputs().getFirst().shape()).isEqualTo(Shape.of(1, 1, 28, 28));
    assertThat(batch.targets().orElseThrow().shape()).isEqualTo(Shape.of(1, 10));
    DataSource third = DataSource.open("onnxpb:mnist.testdata/test_data_set_2", data);
    assertThat(third.batch(0).inputs().getFirst().toFloats())
        .isEqualTo(batch.inputs().getFirst().toFloats());
  }

  @Test
  void severalInputsKeepTheirOrder() {
    Path data = SharedData.require("models/gtcrn/gtcrn.testdata").getParent();
    Batch batch = DataSource.open("onnxpb:gtcrn.testdata", data).batch(0);
    assertThat(batch.inputs().stream().map(Tensor::shape))
        .startsWith(Shape.of(1, 257, 1, 2))
        .hasSize(4);
  }

  @Test
  void setsAreInTheOrderOfTheirNumbers() throws IOException {
    for (int set : new int[] {10, 2, 0}) {
      Path file = folder.resolve("test_data_set_" + set).resolve("input_0.pb");
      Files.createDirectories(file.getParent());
      Files.write(file, floatTensor(set));
    }
    DataSource source = DataSource.open("onnxpb:.", folder);
    assertThat(source.batch(0).inputs().getFirst().toFloats()).containsExactly(0);
    assertThat(source.batch(1).inputs().getFirst().toFloats()).containsExactly(2);
    assertThat(source.batch(2).inputs().getFirst().toFloats()).containsExactly(10);
    assertThat(source.batch(0).targets()).isEmpty();
    assertThatThrownBy(() -> source.batch(0, 1))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("onnxpb:. is read one set at a time, got indices [0, 1]");
    assertThat(source.hash()).hasSize(64).isEqualTo(DataSource.open("onnxpb:.", folder).hash());
  }

  @Test
  void foldersWithoutSets() {
    assertThatThrownBy(() -> DataSource.open("onnxpb:.", folder))
        .isInstanceOf(DataException.class)
        .hasMessage("onnxpb:.: %s holds no test_data_set_N/input_0.pb", folder.resolve("."));
  }

  /** TensorProto with dims [1], data_type FLOAT and one element in raw_data. */
  private static byte[] floatTensor(float value) {
    int bits = Float.floatToIntBits(value);
    return new byte[] {
      8, 1, 16, 1, 74, 4, (byte) bits, (byte) (bits >> 8), (byte) (bits >> 16), (byte) (bits >> 24)
    };
  }
}
