package dev.swage.train.head;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.swage.onnx.OnnxException;
import dev.swage.onnx.OnnxModel;
import dev.swage.onnx.layer.Network;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Weights of a safetensors file that the test writes byte by byte. */
final class ModelWeightsTest {
  @TempDir Path folder;

  private static OnnxModel net() {
    return Network.input("x", 2).dense(3).seed(1).build();
  }

  private static float[] weight(OnnxModel model, String name) {
    return Objects.requireNonNull(model.graph().initializers().get(name), name).toFloats();
  }

  private Path file(String header, byte[] data) throws IOException {
    byte[] json = header.getBytes(StandardCharsets.UTF_8);
    ByteBuffer bytes =
        ByteBuffer.allocate(8 + json.length + data.length).order(ByteOrder.LITTLE_ENDIAN);
    bytes.putLong(json.length).put(json).put(data);
    return Files.write(folder.resolve("w.safetensors"), bytes.array());
  }

  private static byte[] floats(float... values) {
    ByteBuffer bytes = ByteBuffer.allocate(values.length * 4).order(ByteOrder.LITTLE_ENDIAN);
    for (float value : values) {
      bytes.putFloat(value);
    }
    return bytes.array();
  }

  @Test
  void by_name_and_shape() throws IOException {
    Path file =
        file(
            "{\"dense1.weight\":{\"dtype\":\"F32\",\"shape\":[2,3],\"data_offsets\":[0,24]},"
                + "\"other\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[24,28]}}",
            floats(1, 2, 3, 4, 5, 6, 7));
    ModelWeights loaded = ModelWeights.load(net(), file, Map.of());
    assertThat(weight(loaded.model(), "dense1.weight")).containsExactly(1, 2, 3, 4, 5, 6);
    assertThat(weight(loaded.model(), "dense1.bias")).isEqualTo(weight(net(), "dense1.bias"));
    assertThat(loaded.loaded()).containsExactly("dense1.weight");
    assertThat(loaded.missing()).containsExactly("dense1.bias");
    assertThat(loaded.unused()).containsExactly("other");
  }

  @Test
  void renamed_and_the_other_way_round() throws IOException {
    Path file =
        file(
            "{\"fc.weight\":{\"dtype\":\"F32\",\"shape\":[3,2],\"data_offsets\":[0,24]}}",
            floats(1, 2, 3, 4, 5, 6));
    OnnxModel model =
        ModelWeights.load(net(), file, Map.of("fc.weight", "dense1.weight^T")).model();
    assertThat(weight(model, "dense1.weight")).containsExactly(1, 3, 5, 2, 4, 6);
  }

  @Test
  void sixteen_bits_become_floats() throws IOException {
    ByteBuffer bytes = ByteBuffer.allocate(6).order(ByteOrder.LITTLE_ENDIAN);
    for (float value : List.of(1f, -2f, 0.5f)) {
      bytes.putShort((short) (Float.floatToRawIntBits(value) >>> 16));
    }
    Path file =
        file(
            "{\"dense1.bias\":{\"dtype\":\"BF16\",\"shape\":[3],\"data_offsets\":[0,6]}}",
            bytes.array());
    assertThat(weight(ModelWeights.load(net(), file, Map.of()).model(), "dense1.bias"))
        .containsExactly(1, -2, 0.5f);
  }

  @Test
  void another_shape_and_other_names_are_said() throws IOException {
    Path file =
        file(
            "{\"dense1.bias\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,8]}}",
            floats(1, 2));
    assertThatThrownBy(() -> ModelWeights.load(net(), file, Map.of()))
        .isInstanceOf(OnnxException.class)
        .hasMessageContaining("tensor 'dense1.bias' is [2], the model has [3] there");
    assertThatThrownBy(() -> ModelWeights.load(net(), file, Map.of("dense1.bias", "nowhere")))
        .hasMessageContaining("none of its 1 tensors is a weight of the model");
    assertThatThrownBy(() -> ModelWeights.load(net(), file, Map.of("dense1.bais", "dense1.bias")))
        .isInstanceOf(OnnxException.class)
        .hasMessage(file + ": no tensor 'dense1.bais' to rename; nearest: 'dense1.bias'");
  }

  @Test
  void what_is_no_file_of_weights_is_said() throws IOException {
    Path absent = folder.resolve("none.safetensors");
    assertThatThrownBy(() -> ModelWeights.load(net(), absent, Map.of()))
        .isInstanceOf(OnnxException.class)
        .hasMessage(absent + ": no such file or folder");
    Path short2 = Files.writeString(folder.resolve("short.safetensors"), "{}");
    assertThatThrownBy(() -> ModelWeights.load(net(), short2, Map.of()))
        .isInstanceOf(OnnxException.class)
        .hasMessage(short2 + ": a header of -1 bytes does not fit a file of 2 bytes");
  }
}
