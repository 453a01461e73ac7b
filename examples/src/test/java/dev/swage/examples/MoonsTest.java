package dev.swage.examples;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class MoonsTest {
  private static final Path SOURCE = Path.of("src/main/java/dev/swage/examples/Moons.java");
  private static final Path README = Path.of("../README.md");

  @TempDir Path folder;

  @Test
  void readmeShowsThisProgram() throws IOException {
    String snippet =
        Files.readString(SOURCE).split("// \\[README]\n", -1)[1].stripIndent().stripTrailing();

    assertThat(Files.readString(README)).contains("```java\n" + snippet + "\n```");
  }

  @Test
  void programTrainsShipsAndProves() throws IOException, InterruptedException {
    Process process =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "--add-modules=jdk.incubator.vector",
                "--enable-native-access=ALL-UNNAMED",
                "--sun-misc-unsafe-memory-access=allow",
                "-cp",
                System.getProperty("java.class.path"),
                Moons.class.getName())
            .directory(folder.toFile())
            .redirectError(ProcessBuilder.Redirect.INHERIT)
            .start();
    List<String> lines = process.inputReader().lines().toList();

    assertThat(process.waitFor()).isZero();
    assertThat(lines.getFirst()).startsWith("clip=global norm 2");
    Matcher accuracy = Pattern.compile("OptionalDouble\\[(.+)]").matcher(lines.getLast());
    assertThat(accuracy.matches()).as(lines.getLast()).isTrue();
    assertThat(Double.parseDouble(accuracy.group(1))).isGreaterThanOrEqualTo(0.965);
    assertThat(folder.resolve("moons.onnx")).isNotEmptyFile();
    assertThat(folder.resolve("moons.int8.onnx")).isNotEmptyFile();
  }
}
