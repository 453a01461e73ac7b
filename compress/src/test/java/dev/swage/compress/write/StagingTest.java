package dev.swage.compress.write;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.swage.compress.plan.CompressException;
import dev.swage.compress.weights.CodeMemory;
import dev.swage.compress.weights.ModelDraft;
import dev.swage.onnx.ExternalData;
import dev.swage.onnx.OnnxModel;
import dev.swage.onnx.OnnxReader;
import dev.swage.onnx.OnnxWriter;
import dev.swage.onnx.layer.Network;
import java.io.IOException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CancellationException;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@Timeout(60)
class StagingTest {
  @TempDir private Path folder;

  private static ModelDraft draft(OnnxModel model, List<Supplier<ModelDraft.Made>> makings) {
    List<ModelDraft.Step> steps = new ArrayList<>();
    int layer = 0;
    for (Supplier<ModelDraft.Made> making : makings) {
      String weight = "dense" + ++layer + ".weight";
      steps.add(new ModelDraft.Step(weight, Set.of(weight), making));
    }
    return new ModelDraft(model, steps, Map.of(), Map.of());
  }

  private static OnnxModel model() {
    return Network.input("x", 4).dense(5).relu().dense(3).seed(1).build();
  }

  private static ModelDraft.Made outcome() {
    return new ModelDraft.Made(1, 40);
  }

  @Test
  void aFileThatCannotBeWrittenEndsTheMakingOfCodes() throws IOException {
    List<String> made = new ArrayList<>();
    AtomicReference<ModelDraft> own = new AtomicReference<>();
    try (Staging staging = Staging.beside(folder.resolve("small.onnx"))) {
      Files.delete(staging.file().getParent());
      own.set(
          draft(
              model(),
              List.of(
                  () -> {
                    made.add("first");
                    awaitAbandonment(own.get());
                    return outcome();
                  },
                  () -> {
                    made.add("second");
                    return outcome();
                  })));
      try (Staging.Writing writing = staging.begin(own.get(), CodeMemory.heap())) {
        assertThatThrownBy(writing::make)
            .isInstanceOf(FileSystemException.class)
            .hasMessageContaining("there is no folder");
      }
      Files.createDirectory(staging.file().getParent());
    }
    assertThat(made).doesNotContain("second");
  }

  /** Until the second step will not be made. */
  private static void awaitAbandonment(ModelDraft draft) {
    try {
      draft.arrivals().accept("dense2.weight");
    } catch (CancellationException e) {
      // That is what was waited for.
    }
  }

  @Test
  void whatIsClosedBeforeItIsFinishedLeavesNothing() throws IOException {
    try (Staging staging = Staging.beside(folder.resolve("small.onnx"))) {
      ModelDraft draft = draft(model(), List.of(StagingTest::outcome, StagingTest::outcome));
      try (Staging.Writing writing = staging.begin(draft, CodeMemory.heap())) {
        assertThat(writing).isNotNull();
      }
      assertThat(staging.bytes()).isZero();
    }
    assertThat(folder).isEmptyDirectory();
  }

  private static OnnxModel wide(long seed) {
    return Network.input("x", 64).dense(300).relu().dense(1).seed(seed).build();
  }

  private static List<Path> files(Path folder) throws IOException {
    try (Stream<Path> files = Files.list(folder)) {
      return files.sorted().toList();
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void theOldPairIsReplacedByTheNewOne(boolean throughLink) throws IOException {
    Path output = folder.resolve("small.onnx");
    OnnxWriter.write(wide(1), output, ExternalData.above(1024));
    List<Path> before = files(folder);
    Path named =
        throughLink ? Files.createSymbolicLink(folder.resolve("link.onnx"), output) : output;
    try (Staging staging = Staging.beside(named)) {
      OnnxWriter.write(wide(2), staging.file(), ExternalData.above(1024));
      long bytes = staging.bytes();
      assertThat(staging.commit()).isEqualTo(bytes);
    }
    assertThat(OnnxWriter.toBytes(OnnxReader.read(output))).isEqualTo(OnnxWriter.toBytes(wide(2)));
    assertThat(Files.isSymbolicLink(named)).isEqualTo(throughLink);
    Files.deleteIfExists(folder.resolve("link.onnx"));
    assertThat(files(folder)).hasSize(2).contains(output).doesNotContainSequence(before);
  }

  @Test
  void anOutputThatCannotBeReplacedKeepsItsWeights() throws IOException {
    Path output = folder.resolve("small.onnx");
    OnnxWriter.write(wide(1), output, ExternalData.above(1024));
    Path kept = folder.resolve("kept.onnx");
    List<Path> before = files(folder);
    try (Staging staging = Staging.beside(output)) {
      OnnxWriter.write(wide(2), staging.file(), ExternalData.above(1024));
      Files.move(output, kept);
      Files.createFile(Files.createDirectory(output).resolve("in the way"));
      assertThatThrownBy(staging::commit).isInstanceOf(FileSystemException.class);
    }
    Files.delete(output.resolve("in the way"));
    Files.delete(output);
    Files.move(kept, output);
    assertThat(files(folder)).isEqualTo(before);
    assertThat(OnnxWriter.toBytes(OnnxReader.read(output))).isEqualTo(OnnxWriter.toBytes(wide(1)));
  }

  @Test
  void aLinkToNothingIsNotReplaced() throws IOException {
    Path nothing = folder.resolve("nothing");
    Path link = Files.createSymbolicLink(folder.resolve("link.onnx"), nothing);
    assertThatThrownBy(() -> Staging.beside(link))
        .isInstanceOf(CompressException.class)
        .hasMessage("%s: cannot be written: it is a link to %s, which is not there", link, nothing);
    assertThat(link).isSymbolicLink();
  }
}
