package dev.swage.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.swage.cli.console.ExitCode;
import dev.swage.clip.Clip;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import picocli.CommandLine;

/**
 * Files on machines of any language. The process sets no locale here, as a program that uses Swage
 * from Java does not.
 */
class LocaleTest {
  private final Locale before = Locale.getDefault();

  @TempDir private Path folder;

  @AfterEach
  void restoreLocale() {
    Locale.setDefault(before);
  }

  private static String swage(String... args) {
    StringWriter all = new StringWriter();
    CommandLine command =
        Main.commandLine().setOut(new PrintWriter(all)).setErr(new PrintWriter(all));
    assertThat(command.execute(args)).as(() -> all.toString()).isEqualTo(ExitCode.DONE);
    return all.toString();
  }

  private static void assertPlainDigits(String what, String text) {
    assertThat(text.codePoints().filter(c -> c > 0x7F && Character.isDigit(c)).toArray())
        .as(what)
        .isEmpty();
  }

  private static List<Path> texts(Path folder) throws IOException {
    try (Stream<Path> files = Files.walk(folder)) {
      return files
          .filter(Files::isRegularFile)
          .filter(file -> file.toString().matches(".*(\\.jsonl?|\\.html|\\.yaml|SHA256SUMS)"))
          .toList();
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"ar-EG-u-nu-arab", "tr-TR", "de-DE", "hi-IN-u-nu-deva"})
  void whatIsWrittenIsReadAgain(String language) throws IOException {
    Locale.setDefault(Locale.forLanguageTag(language));
    Path recipe = folder.resolve("moons.yaml");
    try (var in = LocaleTest.class.getResourceAsStream("/dev/swage/cli/recipes/moons.yaml")) {
      Files.write(recipe, in.readAllBytes());
    }
    Path out = folder.resolve("out");
    List<String> train =
        List.of(
            "train",
            recipe.toString(),
            "--out",
            out.toString(),
            "--set",
            "data.train=moons:?n=300",
            "--set",
            "data.test=moons:?n=60&split=test",
            "--set",
            "train.epochs=4");
    swage(train.toArray(String[]::new));
    List<String> again = new ArrayList<>(train);
    again.add("--resume");
    assertThat(swage(again.toArray(String[]::new))).contains("training is finished");
    swage(
        "clip-doctor",
        out.resolve("history.jsonl").toString(),
        "--json",
        out.resolve("doctor.json").toString());
    assertThat(texts(folder).stream().map(file -> file.getFileName().toString()))
        .contains("history.jsonl", "report.html", "report.json", "manifest.json", "SHA256SUMS");
    for (Path file : texts(folder)) {
      assertPlainDigits(file.toString(), Files.readString(file));
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"ar-EG-u-nu-arab", "hi-IN-u-nu-deva"})
  void clippersAreCalledTheSameEverywhere(String language) {
    Locale.setDefault(Locale.forLanguageTag(language));
    for (String name :
        List.of(
            Clip.autoClip().describe(),
            Clip.zClip().describe(),
            Clip.median().describe(),
            Clip.spikes().describe(),
            Clip.adaGc().describe())) {
      assertPlainDigits(name, name);
    }
  }
}
