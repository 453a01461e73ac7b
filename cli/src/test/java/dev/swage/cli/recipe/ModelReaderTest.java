package dev.swage.cli.recipe;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.swage.data.yaml.YamlException;
import dev.swage.onnx.OnnxModel;
import dev.swage.onnx.OnnxWriter;
import dev.swage.onnx.ValueInfo;
import dev.swage.onnx.layer.Network;
import dev.swage.tensor.DType;
import dev.swage.tensor.Shape;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** {@code model: {onnx: FILE, …}} of a recipe: each key, and what is said of a wrong one. */
final class ModelReaderTest {
  private static final String TRAIN =
      """
      train:
        loss: cross-entropy-logits
        optimizer: {adamw: {lr: 0.01}}
        batch: 8
        epochs: 1
        clip: none
      """;

  @TempDir Path folder;

  /** Three layers, whose last value but one is an output too. */
  private static OnnxModel net() {
    OnnxModel net =
        Network.input("x", 4).dense(6).batchNorm().relu().dense(5).dense(3).seed(2).build();
    String middle =
        net.graph().nodes().stream()
            .filter(node -> node.name().startsWith("dense2"))
            .toList()
            .getLast()
            .outputs()
            .getFirst();
    return net.withGraph(
        net.graph().toBuilder()
            .outputs(
                List.of(
                    net.graph().outputs().getFirst(), ValueInfo.batched(middle, DType.FLOAT32, 5)))
            .build());
  }

  @BeforeEach
  void files() throws IOException {
    OnnxWriter.write(net(), folder.resolve("net.onnx"));
    Files.writeString(folder.resolve("text.onnx"), "no model at all");
    tensors("plain", "dense3.bias", 3, 1, 2, 3);
    tensors("other", "fc.bias", 3, 4, 5, 6);
    tensors("long", "dense3.bias", 4, 1, 2, 3, 4);
    Files.writeString(folder.resolve("short.safetensors"), "{}");
  }

  private void tensors(String file, String name, int size, float... values) throws IOException {
    String header =
        "{\"%s\":{\"dtype\":\"F32\",\"shape\":[%d],\"data_offsets\":[0,%d]}}"
            .formatted(name, size, 4 * values.length);
    byte[] json = header.getBytes(StandardCharsets.UTF_8);
    ByteBuffer bytes = ByteBuffer.allocate(8 + json.length + 4 * values.length);
    bytes.order(ByteOrder.LITTLE_ENDIAN).putLong(json.length).put(json);
    for (float value : values) {
      bytes.putFloat(value);
    }
    Files.write(folder.resolve(file + ".safetensors"), bytes.array());
  }

  /** A recipe whose model has these settings; the last of them stands in line 8. */
  private Recipe read(String... settings) throws IOException {
    StringBuilder text =
        new StringBuilder(
            """
            name: tuned
            seed: 3
            data:
              train: "blobs:?n=80&features=4&classes=3"
              test: "blobs:?n=20&features=4&classes=3&split=test"
            model:
            """);
    List.of(settings)
        .forEach(
            setting -> text.append("  ").append(setting.replace("DIR", "" + folder)).append('\n'));
    Path file = Files.writeString(folder.resolve("tuned.yaml"), text + TRAIN);
    return RecipeReader.read(file, List.of());
  }

  private Recipe tuned(String setting) throws IOException {
    return read("onnx: DIR/net.onnx", setting);
  }

  private static float[] values(Recipe recipe, String name) {
    return Objects.requireNonNull(recipe.model().graph().initializers().get(name), name).toFloats();
  }

  @Test
  void a_file_alone_is_the_model_as_it_is() throws IOException {
    Recipe recipe = read("onnx: DIR/net.onnx");
    assertThat(recipe.model().graph().outputs()).hasSize(2);
    assertThat(recipe.tuning().file()).contains(folder.resolve("net.onnx"));
    assertThat(recipe.tuning().train()).isEmpty();
    assertThat(recipe.tuning().freeze()).isEmpty();
    assertThat(recipe.tuning().frozenStatistics()).isFalse();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {"head: 7", "'head: {outputs: 7}'"})
  void a_head_has_its_size_and_the_seed_draws_it(String head) throws IOException {
    Recipe recipe = tuned(head);
    assertThat(
            Objects.requireNonNull(recipe.model().graph().initializers().get("head.weight"))
                .shape())
        .isEqualTo(Shape.of(5, 7));
    assertThat(values(tuned(head), "head.weight")).isEqualTo(values(recipe, "head.weight"));
  }

  @Test
  void outputs_are_kept_in_their_order() throws IOException {
    List<String> names = net().graph().outputs().stream().map(ValueInfo::name).toList();
    assertThat(tuned("outputs: " + names.reversed()).model().graph().outputs())
        .extracting(ValueInfo::name)
        .isEqualTo(names.reversed());
    Recipe one = tuned("outputs: " + names.getLast());
    assertThat(one.model().graph().outputs()).hasSize(1);
    assertThat(one.model().graph().initializers()).doesNotContainKey("dense3.weight");
  }

  @Test
  void weights_are_taken_by_name_or_by_another() throws IOException {
    Recipe plain = tuned("weights: DIR/plain.safetensors");
    assertThat(values(plain, "dense3.bias")).containsExactly(1, 2, 3);
    assertThat(plain.tuning().weights()).contains(folder.resolve("plain.safetensors"));
    Recipe renamed =
        read(
            "onnx: DIR/net.onnx",
            "weights: DIR/other.safetensors",
            "rename: {fc.bias: dense3.bias}");
    assertThat(values(renamed, "dense3.bias")).containsExactly(4, 5, 6);
  }

  @Test
  void patterns_see_the_names_of_the_new_head() throws IOException {
    Recipe recipe = read("onnx: DIR/net.onnx", "head: 4", "train: ['head.*', dense2*]");
    assertThat(recipe.tuning().train()).containsExactly("head.*", "dense2*");
    assertThat(tuned("freeze: dense1.*").tuning().freeze()).containsExactly("dense1.*");
    assertThat(tuned("statistics: frozen").tuning().frozenStatistics()).isTrue();
    assertThat(tuned("statistics: learned").tuning().frozenStatistics()).isFalse();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "onnx: DIR/none.onnx             | model.onnx: DIR/none.onnx: no such file",
        "onnx: DIR/text.onnx             | model.onnx: DIR/text.onnx: ",
        "outputs: [logit]                | model.outputs: the model has no output 'logit'; ",
        "head: 0                         | model.head must be a whole number of at least 1, got '0'",
        "head: ten                       | model.head must be a whole number of at least 1, got 'ten'",
        "head: {size: 3}                 | unknown key 'size' in model.head; Known: outputs",
        "head: 2147483647                | model.head: a head of 2147483647 outputs on 5 values has more weights than an array can hold; at most 429496727 outputs fit",
        "weights: DIR/none.safetensors   | model.weights: DIR/none.safetensors: no such file or folder",
        "weights: DIR/short.safetensors  | model.weights: DIR/short.safetensors: a header of -1 bytes does not fit a file of 2 bytes",
        "weights: DIR/other.safetensors  | model.weights: DIR/other.safetensors: none of its 1 tensors is a weight of the model; ",
        "weights: DIR/long.safetensors   | model.weights: DIR/long.safetensors: tensor 'dense3.bias' is [4], the model has [3] there",
        "rename: {a: b}                  | model.rename is for names in a file of weights; say weights: FILE",
        "train: dense3.wieght            | model.train: 'dense3.wieght' matches no float32 weight of the model and no node that reads one; nearest: 'dense3.weight'",
        "freeze: [dense1*, 'conv*']      | model.freeze: 'conv*' matches no float32 weight of the model and no node that reads one; ",
        "freeze: '*'                     | model.freeze: train [] and freeze [*] leave no weight to train",
        "statistics: fixed               | unknown model.statistics 'fixed'; ",
        "layers: [dense: 3]              | unknown key 'layers' in model; ",
      })
  void what_is_wrong_has_a_line(String setting, String complaint) {
    boolean first = setting.startsWith("onnx");
    assertComplaint(first ? 7 : 8, complaint, first ? new String[] {setting} : both(setting));
  }

  private static String[] both(String setting) {
    return new String[] {"onnx: DIR/net.onnx", setting};
  }

  @Test
  void a_name_that_no_tensor_has_cannot_be_renamed() {
    assertComplaint(
        8,
        "model.weights: DIR/other.safetensors: no tensor 'fc.bais' to rename; nearest: 'fc.bias'",
        "rename: {fc.bais: dense3.bias}",
        "weights: DIR/other.safetensors",
        "onnx: DIR/net.onnx");
  }

  private void assertComplaint(int line, String complaint, String... settings) {
    assertThatThrownBy(() -> read(settings))
        .isInstanceOf(YamlException.class)
        .hasMessageStartingWith(
            "%s:%d: %s"
                .formatted(
                    folder.resolve("tuned.yaml"), line, complaint.replace("DIR", "" + folder)))
        .message()
        .hasLineCount(1);
  }
}
