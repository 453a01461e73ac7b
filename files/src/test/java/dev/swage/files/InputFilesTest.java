package dev.swage.files;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@DisabledOnOs(OS.WINDOWS)
class InputFilesTest {
  @TempDir Path folder;

  @ParameterizedTest
  @ValueSource(strings = {"w", "./w", "sub/../w", "link", "hard", "there/w", "there/hard"})
  void aFileIsTheSameHoweverItIsCalled(String name) throws IOException {
    Path file = Files.writeString(folder.resolve("w"), "weights");
    Files.createDirectory(folder.resolve("sub"));
    Files.createSymbolicLink(folder.resolve("link"), file);
    Files.createLink(folder.resolve("hard"), file);
    Files.createSymbolicLink(folder.resolve("there"), folder);
    InputFiles inputs = new InputFiles().add(file);
    assertThat(inputs.holds(folder.resolve(name))).isTrue();
    assertThat(inputs.holds(folder.resolve("w2"))).isFalse();
    Files.writeString(folder.resolve("w2"), "weights");
    assertThat(inputs.holds(folder.resolve("w2"))).isFalse();
  }

  @Test
  void anInputThatIsALinkIsWhatItLeadsTo() throws IOException {
    Path file = Files.writeString(folder.resolve("w"), "weights");
    InputFiles inputs =
        new InputFiles().add(Files.createSymbolicLink(folder.resolve("link"), file));
    assertThat(inputs.holds(file)).isTrue();
    assertThat(inputs.holds(folder.resolve("link"))).isTrue();
  }

  @Test
  void twoNamesOfAFileThatIsNotThereAreOne() throws IOException {
    Path there = Files.createSymbolicLink(folder.resolve("there"), folder);
    assertThat(AtomicFile.isSame(folder.resolve("new"), there.resolve("new"))).isTrue();
    assertThat(AtomicFile.isSame(folder.resolve("new"), there.resolve("other"))).isFalse();
  }

  @ParameterizedTest
  @ValueSource(strings = {"out.onnx.data", "out.onnx.0123456789ab.data"})
  void aNameThatADataFileMightGetIsAnInput(String name) throws IOException {
    Path data = Files.writeString(folder.resolve(name), "weights");
    InputFiles inputs = new InputFiles().add(folder.resolve("in.onnx")).add(data);
    assertThat(inputs.dataOf(folder.resolve("out.onnx"))).contains(data);
    assertThat(inputs.dataOf(folder.resolve("other.onnx"))).isEmpty();
    assertThat(inputs.dataOf(Files.createDirectory(folder.resolve("sub")).resolve("out.onnx")))
        .isEmpty();
  }
}
