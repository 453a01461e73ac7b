package dev.swage.data.yaml;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class YamlDocumentTest {
  @TempDir Path folder;

  private static YamlValue read(String text) {
    return YamlDocument.of("a.yaml", "recipe", text).root(List.of());
  }

  /** C0 without tab and line ends, DEL, C1 without NEL, half of a surrogate pair, no characters. */
  static Stream<Integer> forbidden() {
    return IntStream.concat(
            IntStream.concat(IntStream.range(0, 0x20), IntStream.range(0x7F, 0xA0)),
            IntStream.of(0xD800, 0xDFFF, 0xFFFE, 0xFFFF))
        .filter(c -> c != '\t' && c != '\n' && c != '\r' && c != 0x85)
        .boxed();
  }

  @ParameterizedTest
  @MethodSource("forbidden")
  void aControlCharacterIsNamedWithItsPlace(int character) {
    String control = Character.toString(character);
    String expected = ": not valid YAML: the character U+%04X cannot stand".formatted(character);
    assertComplaint("a: 1\nb" + control + ": 2\n", "a.yaml:2:2" + expected);
    assertComplaint("a: 1\nb: x" + control + "\n", "a.yaml:2:5" + expected);
    assertComplaint("# note " + control + "\na: 1\n", "a.yaml:1:8" + expected);
    assertComplaint("a: 'é" + control + "'\n", "a.yaml:1:6" + expected);
    assertComplaint("a: |\n  \uD83D\uDE00" + control + "\n", "a.yaml:2:4" + expected);
    assertComplaint(control, "a.yaml:1:1" + expected);
    assertComplaint("a: 1\r\n\r\n" + control, "a.yaml:3:1" + expected);
    // Behind the parser's first buffers.
    assertComplaint("# x\n".repeat(5000) + "b: " + control, "a.yaml:5001:4" + expected);
    assertThatThrownBy(
            () -> YamlDocument.of("a.yaml", "recipe", "a: 1").root(List.of("b=x" + control)))
        .isInstanceOf(YamlException.class)
        .hasMessageStartingWith("--set b=x" + control + ":1:2" + expected);
  }

  private static void assertComplaint(String text, String beginning) {
    assertThatThrownBy(() -> read(text))
        .isInstanceOf(YamlException.class)
        .hasMessageStartingWith(beginning)
        .hasMessageNotContaining("\n");
  }

  static Stream<Arguments> broken() {
    return Stream.of(
        Arguments.of("a:\n\tb: 1\n", "2:1"),
        Arguments.of("a:\n  b: 1\n\tc: 2\n", "3:1"),
        Arguments.of("a: 'open\nb: 2\n", "3:1"),
        Arguments.of("a: \"open", "1:9"),
        Arguments.of("a: \"\\q\"", "1:6"),
        Arguments.of("a: [1, 2\nb: 3\n", "2:2"),
        Arguments.of("a: {b: 1\n", "2:1"),
        Arguments.of("a: 1\n b: 2\n", "2:3"),
        Arguments.of("a: *nothing\n", "1:4"),
        Arguments.of("a: @x\n", "1:4"),
        Arguments.of("a: `x\n", "1:4"),
        Arguments.of("a: !<tag\n", "1:9"),
        Arguments.of("%YAML 3.0\n---\na: 1\n", "1:1"),
        Arguments.of("a: 1\n---\nb: 2\n", "2:1"),
        Arguments.of("a: 1\n...\n? x : y: z\n", "3:1"));
  }

  @ParameterizedTest
  @MethodSource("broken")
  void whatIsNoYamlIsNamedWithItsPlace(String text, String place) {
    assertComplaint(text, "a.yaml:" + place + ": not valid YAML: ");
  }

  @Test
  void whatIsNestedTooDeeplyIsAComplaint() {
    assertComplaint("[".repeat(100_000), "a.yaml:1: not valid YAML: Nesting Depth exceeded");
  }

  @ParameterizedTest
  @CsvSource({
    "'61 3a 20 ff', '1:4: not valid UTF-8: byte 0xff'",
    "'61 3a 0a 62 c3 28', '2:2: not valid UTF-8: byte 0xc3'",
    "'c3 a9 3a 20 ed a0 80', '1:4: not valid UTF-8: byte 0xed'",
    "'61 3a 20 e2 82', '1:4: not valid UTF-8: byte 0xe2'",
    "'61 3a 20 c0 80', '1:4: not valid UTF-8: byte 0xc0'",
    "'ff fe 61 00 3a 00', '1:1: not valid UTF-8: byte 0xff'"
  })
  void whatIsNotUtf8IsNamedWithItsPlace(String bytes, String complaint) throws IOException {
    byte[] file = new byte[(bytes.length() + 1) / 3];
    for (int i = 0; i < file.length; i++) {
      file[i] = (byte) Integer.parseInt(bytes.substring(3 * i, 3 * i + 2), 16);
    }
    Path path = Files.write(folder.resolve("a.yaml"), file);
    assertThatThrownBy(() -> YamlDocument.read(path, "recipe"))
        .isInstanceOf(YamlException.class)
        .hasMessage(path + ":" + complaint + "; save the file as UTF-8");
  }

  @ParameterizedTest
  @ValueSource(strings = {"a: é\n", "\uFEFFa: é\n", "a: \"\\u00e9\"\n", "a: é\u2028"})
  void whatIsYamlIsRead(String text) throws IOException {
    Path path = Files.writeString(folder.resolve("a.yaml"), text, StandardCharsets.UTF_8);
    YamlDocument document = YamlDocument.read(path, "recipe");
    assertThat(document.root(List.of()).rawEntries().get("a").text().strip()).isEqualTo("é");
    assertThat(document.text()).isEqualTo(text);
  }

  /** Whatever stands there, it is a value or a complaint. */
  @Test
  void everyTextIsReadOrIsAComplaint() {
    String seed =
        "name: &x \"tiny\\n\"\nlayers:\n  - {dense: 3, of: [1, 'b']}\n  - *x\nt: |\n  c\n";
    String odd = "\0\u0007\t\n\r\u0085\uFEFF\uD800'\"\\[]{}:,-?&*!|>%@`#~<= \u00e9x9UuN\u2028";
    SplittableRandom random = new SplittableRandom(5);
    List<String> complaints = new ArrayList<>();
    for (int round = 0; round < 20_000; round++) {
      StringBuilder text = new StringBuilder(seed);
      for (int change = random.nextInt(1, 4); change > 0; change--) {
        int at = random.nextInt(text.length());
        String put = odd.substring(at % odd.length()).substring(0, 1);
        text.replace(at, at + random.nextInt(2), random.nextBoolean() ? put : put.repeat(9));
      }
      try {
        read(text.toString()).collect(new HashMap<>());
      } catch (YamlException e) {
        complaints.add(e.getMessage());
      }
    }
    assertThat(complaints).hasSizeGreaterThan(1000).noneMatch(line -> line.contains("\n"));
  }
}
