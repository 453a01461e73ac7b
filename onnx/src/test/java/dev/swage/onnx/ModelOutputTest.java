package dev.swage.onnx;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.swage.onnx.layer.Network;
import dev.swage.onnx.wire.ModelProto;
import dev.swage.onnx.wire.StringStringEntryProto;
import dev.swage.onnx.wire.TensorProto;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

class ModelOutputTest {
  private static final ExternalData APART = ExternalData.above(1024);
  private static final ExternalData WHOLE = ExternalData.whenNeeded();

  @TempDir Path temp;
  private Path path;

  /** What lies at the output before it is written. */
  enum Before {
    NOTHING,
    WHOLE_MODEL,
    UNNUMBERED_DATA,
    NUMBERED_DATA
  }

  /** The process ends here. */
  private static final class Killed extends RuntimeException {
    private static final long serialVersionUID = 1;
  }

  @BeforeEach
  void setPath() {
    path = temp.resolve("net.onnx");
  }

  private static OnnxModel model(long seed) {
    return Network.input("x", 64).dense(300).relu().dense(1).seed(seed).build();
  }

  private void put(Before before) throws IOException {
    switch (before) {
      case NOTHING -> {}
      case WHOLE_MODEL -> OnnxWriter.write(model(1), path);
      case NUMBERED_DATA -> OnnxWriter.write(model(1), path, APART);
      case UNNUMBERED_DATA -> {
        OnnxWriter.write(model(1), path, APART);
        rename(path, "net.onnx.data");
      }
    }
  }

  /** Gives the data file of a model another name, in the model too. */
  private static void rename(Path model, String name) throws IOException {
    Path data = model.resolveSibling(OnnxReader.locations(model).iterator().next());
    ModelProto.Builder wire = ModelProto.parseFrom(Files.readAllBytes(model)).toBuilder();
    for (TensorProto.Builder tensor : wire.getGraphBuilder().getInitializerBuilderList()) {
      for (StringStringEntryProto.Builder entry : tensor.getExternalDataBuilderList()) {
        if (entry.getKey().equals("location")) {
          entry.setValue(name);
        }
      }
    }
    Files.write(model, wire.build().toByteArray());
    Files.move(data, model.resolveSibling(name));
  }

  private void writeUntil(ModelOutput.Step last, OnnxModel model, ExternalData external) {
    assertThatThrownBy(() ->
            OnnxWriter.write(
                model,
                path,
                external,
                name -> {},
                step -> {
                  if (step == last) {
                    throw new Killed();
                  }
                }))
        .isInstanceOf(Killed.class);
  }

  /** The file's model is that of the seed, bit for bit. */
  private static void assertHolds(Path file, long seed) {
    assertThat(OnnxWriter.toBytes(OnnxReader.read(file)))
        .isEqualTo(OnnxWriter.toBytes(model(seed)));
  }

  private List<Path> files() throws IOException {
    try (Stream<Path> files = Files.list(temp)) {
      return files.sorted().toList();
    }
  }

  private Path data(Path model) {
    return model.resolveSibling(OnnxReader.locations(model).iterator().next());
  }

  @ParameterizedTest
  @EnumSource(Before.class)
  void killedBetweenTheFilesItIsTheOldModelWithTheOldWeights(Before before) throws IOException {
    put(before);
    writeUntil(ModelOutput.Step.DATA_IN_PLACE, model(2), APART);
    if (before == Before.NOTHING) {
      assertThat(path).doesNotExist();
    } else {
      assertHolds(path, 1);
    }
    OnnxWriter.write(model(3), path, APART);
    assertHolds(path, 3);
    assertThat(files()).containsExactlyInAnyOrder(path, data(path));
  }

  @ParameterizedTest
  @EnumSource(Before.class)
  void killedAfterTheModelItIsTheNewModelWithTheNewWeights(Before before) throws IOException {
    put(before);
    writeUntil(ModelOutput.Step.MODEL_IN_PLACE, model(2), APART);
    assertHolds(path, 2);
    OnnxWriter.write(model(3), path, APART);
    assertHolds(path, 3);
    // What was named without digits is nobody's now: it may be another program's.
    Path unnumbered = temp.resolve("net.onnx.data");
    assertThat(files())
        .containsExactlyInAnyOrderElementsOf(
            before == Before.UNNUMBERED_DATA
                ? List.of(path, data(path), unnumbered)
                : List.of(path, data(path)));
  }

  @ParameterizedTest
  @EnumSource(Before.class)
  void killedAfterAModelWithoutDataFileItIsTheNewModel(Before before) throws IOException {
    put(before);
    writeUntil(ModelOutput.Step.MODEL_IN_PLACE, model(2), WHOLE);
    assertHolds(path, 2);
  }

  @ParameterizedTest
  @EnumSource(Before.class)
  void theOldDataFileGoesWithTheOldModel(Before before) throws IOException {
    put(before);
    OnnxWriter.write(model(2), path, APART);
    assertHolds(path, 2);
    assertThat(files()).containsExactlyInAnyOrder(path, data(path));
    assertThat(data(path).getFileName().toString()).matches("net\\.onnx\\.[0-9a-f]{12}\\.data");
    OnnxWriter.write(model(2), path, WHOLE);
    assertHolds(path, 2);
    assertThat(files()).containsExactly(path);
  }

  @Test
  void theNameIsThatOfTheContent() throws IOException {
    OnnxWriter.write(model(1), path, APART);
    List<Path> first = files();
    byte[] bytes = Files.readAllBytes(path);
    OnnxWriter.write(model(2), path, APART);
    assertThat(files()).isNotEqualTo(first);
    OnnxWriter.write(model(1), path, APART);
    assertThat(files()).isEqualTo(first);
    OnnxWriter.write(model(1), path, APART);
    assertThat(files()).isEqualTo(first);
    assertThat(path).hasBinaryContent(bytes);
  }

  /** Every weight counts, wherever it lies in the file. */
  @ParameterizedTest
  @CsvSource({"0", "76799", "77824", "79023", "81920", "83119"})
  void oneOtherByteIsAnotherName(int at) throws IOException {
    OnnxWriter.write(model(1), path, APART);
    Path data = data(path);
    byte[] bytes = Files.readAllBytes(data);
    bytes[at] ^= 1;
    Files.write(data, bytes);
    Path other = Files.createDirectory(temp.resolve("other")).resolve("net.onnx");
    OnnxWriter.write(OnnxReader.read(path), other, APART);
    assertThat(data(other).getFileName()).isNotEqualTo(data.getFileName());
    assertThat(data(other)).hasBinaryContent(bytes);
  }

  @Test
  void aModelThatCannotBeReplacedLeavesTheOldPair() throws IOException {
    OnnxWriter.write(model(1), path, APART);
    List<Path> before = files();
    for (long seed : new long[] {1, 2}) {
      assertThatThrownBy(() ->
              OnnxWriter.write(
                  model(seed),
                  path,
                  APART,
                  name -> {},
                  step -> blockOnce(path, temp.resolve("kept"), step)))
          .isInstanceOf(OnnxException.class)
          .hasMessageStartingWith("cannot write " + path + ": ");
      Files.delete(path.resolve("f"));
      Files.delete(path);
      Files.move(temp.resolve("kept"), path);
      assertThat(files()).isEqualTo(before);
      assertHolds(path, 1);
    }
  }

  /** A folder gets in the model's way when its data file is in place. */
  private static void blockOnce(Path path, Path kept, ModelOutput.Step step) {
    if (step == ModelOutput.Step.DATA_IN_PLACE) {
      try {
        Files.move(path, kept);
        Files.createFile(Files.createDirectory(path).resolve("f"));
      } catch (IOException e) {
        throw new AssertionError(e);
      }
    }
  }

  @Test
  void filesOfOthersStay() throws IOException {
    put(Before.NUMBERED_DATA);
    Path copy = Files.copy(path, temp.resolve("copy.onnx"));
    Path kept = data(path);
    List<Path> others =
        List.of(
            Files.writeString(temp.resolve("net.onnx.data"), "not the model's"),
            Files.writeString(temp.resolve("net.onnx.0123456789ab.data.txt"), ""),
            Files.writeString(temp.resolve("net.onnx.0123456789.data"), ""),
            Files.writeString(temp.resolve("net.onnx.0123456789AB.data"), ""),
            Files.writeString(temp.resolve("my.net.onnx.0123456789ab.data"), ""),
            Files.writeString(temp.resolve("netxonnx.0123456789ab.data"), ""),
            Files.createDirectory(temp.resolve("net.onnx.0123456789ac.data")),
            Files.createSymbolicLink(temp.resolve("net.onnx.0123456789ad.data"), copy));
    Files.writeString(temp.resolve("net.onnx.0123456789ab.data"), "left by a killed process");
    Files.writeString(temp.resolve("damaged.onnx"), "no model");
    OnnxWriter.write(model(2), path, APART);
    assertThat(files()).containsAll(others).contains(copy, kept, path, data(path));
    assertThat(temp.resolve("net.onnx.0123456789ab.data")).doesNotExist();
    assertHolds(copy, 1);
  }

  @Test
  void aFileThatIsNoModelIsReplaced() throws IOException {
    Files.writeString(path, "no model");
    Path other = Files.writeString(temp.resolve("net.onnx.data"), "whose?");
    OnnxWriter.write(model(2), path, APART);
    assertHolds(path, 2);
    assertThat(other).hasContent("whose?");
  }

  @Test
  void aLinkIsWrittenThroughWithItsDataFile() throws IOException {
    put(Before.NUMBERED_DATA);
    Path link = Files.createSymbolicLink(temp.resolve("link.onnx"), path);
    OnnxWriter.write(model(2), link, APART);
    assertThat(link).isSymbolicLink();
    assertThat(files()).containsExactlyInAnyOrder(link, path, data(path));
    assertHolds(path, 2);
    assertHolds(link, 2);
  }

  @ParameterizedTest
  @EnumSource(Before.class)
  void whatWasWrittenElsewhereIsTaken(Before before) throws IOException {
    put(before);
    for (ExternalData external : List.of(APART, WHOLE)) {
      Path written = Files.createDirectories(temp.resolve("work")).resolve("net.onnx");
      OnnxWriter.write(model(2), written, external);
      Optional<Path> data =
          OnnxReader.locations(written).stream().map(path::resolveSibling).findFirst();
      ModelOutput.at(path).take(written);
      assertThat(temp.resolve("work")).isEmptyDirectory();
      Files.delete(temp.resolve("work"));
      assertHolds(path, 2);
      assertThat(files())
          .containsExactlyInAnyOrderElementsOf(
              data.map(file -> List.of(path, file)).orElse(List.of(path)));
    }
  }
}
