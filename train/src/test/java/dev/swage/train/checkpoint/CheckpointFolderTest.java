package dev.swage.train.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.swage.tensor.DType;
import dev.swage.tensor.Shape;
import dev.swage.tensor.Tensor;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class CheckpointFolderTest {
  @TempDir private Path temporary;
  private Path path;
  private CheckpointFolder folder;

  @BeforeEach
  void open() {
    path = temporary.resolve("checkpoint");
    folder = new CheckpointFolder(path);
  }

  private static Snapshot snapshot(long step) {
    Map<String, Tensor> tensors = new LinkedHashMap<>();
    tensors.put("weight", Tensor.ofFloats(Shape.of(2, 3), 1, 2, 3, 4, 5, (float) step));
    tensors.put(
        "bytes", Tensor.of(DType.UINT8, Shape.of(3), MemorySegment.ofArray(new byte[] {1, 2, 3})));
    tensors.put("counts", Tensor.ofLongs(Shape.of(2), -1, step));
    tensors.put("nothing", Tensor.ofLongs(Shape.of(0)));
    ObjectNode manifest = Snapshot.manifest(step);
    return new Snapshot(step, manifest, tensors);
  }

  private List<String> names() {
    try (Stream<Path> files = Files.list(path)) {
      return files.map(file -> file.getFileName().toString()).sorted().toList();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Test
  void what_is_written_reads_back() {
    folder.write(snapshot(7), 2);
    Snapshot read = folder.newest().checkpoint().orElseThrow().snapshot();
    Snapshot written = snapshot(7);
    assertThat(read.step()).isEqualTo(7);
    assertThat(read.manifest()).hasToString(written.manifest().toString());
    assertThat(read.tensors().keySet())
        .containsExactlyInAnyOrderElementsOf(written.tensors().keySet());
    written
        .tensors()
        .forEach((name, tensor) -> {
          Tensor other = read.tensors().get(name);
          assertThat(other).hasToString(tensor.toString());
          assertThat(other.data().mismatch(tensor.data())).isEqualTo(-1);
        });
  }

  @Test
  void the_last_ones_are_kept() {
    for (long step = 1; step <= 5; step++) {
      folder.write(snapshot(step), 3);
    }
    assertThat(names()).containsExactly("step-00000003", "step-00000004", "step-00000005");
  }

  @Test
  void a_step_reached_again_replaces_its_checkpoint_and_those_after_it() {
    folder.write(snapshot(1), 3);
    folder.write(snapshot(2), 3);
    folder.write(snapshot(3), 3);
    folder.write(snapshot(2), 3);
    assertThat(names()).containsExactly("step-00000001", "step-00000002.1");
    assertThat(folder.newest().checkpoint().orElseThrow().snapshot().step()).isEqualTo(2);
  }

  @Test
  void what_a_killed_writer_left_is_no_checkpoint_and_goes() throws IOException {
    folder.write(snapshot(1), 2);
    Path half = path.resolve(".step-00000002.abc123.tmp");
    Files.createDirectory(half);
    Files.writeString(half.resolve("manifest.json"), "{");
    assertThat(folder.newest().checkpoint().orElseThrow().snapshot().step()).isEqualTo(1);
    folder.write(snapshot(2), 2);
    assertThat(names()).containsExactly("step-00000001", "step-00000002");
  }

  @ParameterizedTest
  @ValueSource(strings = {"manifest.json", "state.safetensors", "SHA256SUMS"})
  void each_file_is_checked(String file) throws IOException {
    folder.write(snapshot(1), 3);
    folder.write(snapshot(2), 3);
    folder.write(snapshot(3), 3);
    Path flipped = path.resolve("step-00000003").resolve(file);
    byte[] bytes = Files.readAllBytes(flipped);
    bytes[bytes.length / 3] ^= 4;
    Files.write(flipped, bytes);
    Files.delete(path.resolve("step-00000002").resolve(file));
    CheckpointFolder.Found found = folder.newest();
    assertThat(found.checkpoint().orElseThrow().snapshot().step()).isEqualTo(1);
    assertThat(found.damaged()).hasSize(2);
    assertThat(found.damaged().getFirst()).contains("step-00000003");
    assertThat(found.damaged().getLast()).contains("step-00000002").contains("missing");
  }

  @Test
  void a_file_cut_off_anywhere_is_noticed() throws IOException {
    folder.write(snapshot(1), 1);
    Path state = path.resolve("step-00000001/state.safetensors");
    byte[] whole = Files.readAllBytes(state);
    for (int length = 0; length < whole.length; length += 7) {
      Files.write(state, java.util.Arrays.copyOf(whole, length));
      assertThat(folder.newest().checkpoint()).isEmpty();
    }
  }

  private Path safetensors(long length, String header, int data) throws IOException {
    byte[] text = header.getBytes(StandardCharsets.UTF_8);
    ByteBuffer bytes = ByteBuffer.allocate(8 + text.length + data).order(ByteOrder.LITTLE_ENDIAN);
    bytes.putLong(length < 0 ? text.length : length).put(text);
    return Files.write(temporary.resolve("x.safetensors"), bytes.array());
  }

  @Test
  void lengths_and_offsets_of_a_stranger_are_checked() throws IOException {
    String good = "{\"a\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,8]}}";
    assertThat(SafeTensors.read(safetensors(-1, good, 8))).containsOnlyKeys("a");
    for (long length : new long[] {0, 1, 1000, Long.MAX_VALUE}) {
      Path file = safetensors(length, good, 8);
      assertThatThrownBy(() -> SafeTensors.read(file))
          .isInstanceOf(CheckpointException.class)
          .hasMessageContaining("a header of " + length + " bytes does not fit");
    }
    for (String bad :
        List.of(
            good.replace("[2]", "[3]"),
            good.replace("[2]", "[-2]"),
            good.replace("[2]", "[4611686018427387904,4]"),
            good.replace("[0,8]", "[4,12]"),
            good.replace("[0,8]", "[8,0]"),
            good.replace("[0,8]", "[0,9223372036854775807]"),
            good.replace("F32", "F33"),
            good.replace("\"shape\":[2]", "\"shape\":[0.5]"),
            "[]",
            "{\"a\":1}",
            "{}")) {
      Path file = safetensors(-1, bad, 8);
      assertThatThrownBy(() -> SafeTensors.read(file))
          .as(bad)
          .isInstanceOf(CheckpointException.class)
          .hasMessageContaining("x.safetensors");
    }
  }

  @Test
  void a_folder_that_cannot_be_made_is_named() throws IOException {
    Path file = Files.writeString(temporary.resolve("file"), "");
    CheckpointFolder under = new CheckpointFolder(file.resolve("checkpoint"));
    assertThatThrownBy(() -> under.write(snapshot(3), 1))
        .isInstanceOf(CheckpointException.class)
        .hasMessageContaining("checkpoint of step 3 cannot be written");
  }
}
