package dev.swage.report;

import static dev.swage.report.TextTable.number;
import static dev.swage.report.TextTable.text;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class TextTableTest {
  @Test
  void numbers_stand_to_the_right_and_words_to_the_left() {
    String table =
        TextTable.of(text("model"), number("bytes"), number("ratio"), text("note"))
            .row("float32", "1.66 MB", "1.00×", "reference")
            .row("int8", "432 kB", "0.26×", "")
            .render();
    assertThat(table)
        .isEqualTo(
            """
            model      bytes  ratio  note
            ───────  ───────  ─────  ─────────
            float32  1.66 MB  1.00×  reference
            int8      432 kB  0.26×
            """);
  }

  @ParameterizedTest
  @CsvSource({"abc,3", "'',0", "0.27×,5", "−1,2", "é,1", "e\u0301,1", "重み,4", "👍,2", "ＡＢ,4"})
  void widths_are_those_of_a_terminal(String text, int width) {
    assertThat(TextTable.width(text)).isEqualTo(width);
  }

  @Test
  void a_cell_cannot_break_the_table() {
    assertThat(TextTable.of(text("a")).row("x\n\ty\u001b[31m").render())
        .isEqualTo("a\n" + "─".repeat(11) + "\nx y\\x1b[31m\n");
  }

  @Test
  void a_row_of_the_wrong_width_is_refused() {
    assertThatThrownBy(() -> TextTable.of(text("a"), text("b")).row("x"))
        .hasMessage("a row needs 2 cells, got 1");
  }
}
