package dev.swage.text;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class SafeTextTest {
  @ParameterizedTest
  @CsvSource({
    "001b, \\x1b",
    "0007, \\x07",
    "0000, \\x00",
    "007f, \\x7f",
    "009b, \\x9b",
    "000a, \\n",
    "000d, \\r",
    "202e, \\u202e",
    "2066, \\u2066",
    "200f, \\u200f",
    "2028, \\u2028",
    "feff, \\ufeff",
    "d800, \\ud800",
  })
  void whatCommandsATerminalIsWrittenOut(String code, String written) {
    String text = "a" + (char) Integer.parseInt(code, 16) + "b";
    assertThat(SafeText.line(text)).isEqualTo("a" + written + "b");
    assertThat(SafeText.cell(text)).isEqualTo("a" + written + "b");
  }

  @Test
  void readableTextStays() {
    String text = "Schicht „Größe“ 層 \uD83D\uDE00 ∞ <b>";
    assertThat(SafeText.line(text)).isSameAs(text);
    assertThat(SafeText.block("a\n\tb")).isEqualTo("a\n\tb");
  }

  @Test
  void longTextsKeepTheirEnds() {
    String name = "begin" + "x".repeat(1 << 20) + "end";
    String shown = SafeText.cell(name);
    assertThat(shown).startsWith("begin").endsWith("end").contains("1,048,148 characters");
    assertThat(shown.length()).isLessThanOrEqualTo(SafeText.CELL);
  }

  @Test
  void noCharacterIsCutInTwo() {
    String shown = SafeText.cell("\uD83D\uDE00".repeat(1000));
    assertThat(shown).doesNotContain("\\ud83d", "\\ude00");
  }
}
