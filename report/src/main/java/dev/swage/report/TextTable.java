package dev.swage.report;

import dev.swage.text.SafeText;
import java.text.BreakIterator;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * A table for the terminal: columns as wide as their widest cell, numbers to the right. Widths are
 * counted in characters as a terminal shows them: combining marks take no column, East Asian wide
 * characters and emoji two. Not thread-safe.
 */
public final class TextTable {
  private static final String GAP = "  ";

  private final List<Column> columns;
  private final List<List<String>> rows = new ArrayList<>();

  /** Where a column's cells stand. */
  public enum Align {
    LEFT,
    RIGHT
  }

  /** A column's heading and side. */
  public record Column(String heading, Align align) {}

  private TextTable(List<Column> columns) {
    this.columns = columns;
  }

  /** A table with these columns; see {@link #text} and {@link #number}. */
  public static TextTable of(Column... columns) {
    if (columns.length == 0) {
      throw new IllegalArgumentException("a table needs at least one column");
    }
    return new TextTable(List.of(columns));
  }

  /** A column of words, to the left. */
  public static Column text(String heading) {
    return new Column(heading, Align.LEFT);
  }

  /** A column of numbers, to the right. */
  public static Column number(String heading) {
    return new Column(heading, Align.RIGHT);
  }

  /**
   * Adds a row with one cell for each column. Line breaks in a cell become spaces; {@link SafeText}
   * shows the rest.
   */
  public TextTable row(String... cells) {
    if (cells.length != columns.size()) {
      throw new IllegalArgumentException(
          String.format(Locale.ROOT, "a row needs %d cells, got %d", columns.size(), cells.length));
    }
    List<String> row = new ArrayList<>(cells.length);
    for (String cell : cells) {
      row.add(SafeText.cell(cell.replaceAll("\\s*\\R\\s*", " ")));
    }
    rows.add(row);
    return this;
  }

  /** Heading, rule and rows; each line ends with a line break and has no trailing spaces. */
  public String render() {
    int[] widths = new int[columns.size()];
    List<String> headings = columns.stream().map(Column::heading).toList();
    List<String> rules = new ArrayList<>();
    for (int c = 0; c < widths.length; c++) {
      widths[c] = width(headings.get(c));
      for (List<String> row : rows) {
        widths[c] = Math.max(widths[c], width(row.get(c)));
      }
      rules.add("─".repeat(widths[c]));
    }
    StringBuilder out = new StringBuilder();
    line(headings, widths, out);
    line(rules, widths, out);
    rows.forEach(row -> line(row, widths, out));
    return out.toString();
  }

  private void line(List<String> cells, int[] widths, StringBuilder out) {
    StringBuilder line = new StringBuilder();
    for (int c = 0; c < widths.length; c++) {
      String padding = " ".repeat(widths[c] - width(cells.get(c)));
      boolean right = columns.get(c).align() == Align.RIGHT;
      line.append(c == 0 ? "" : GAP);
      line.append(right ? padding + cells.get(c) : cells.get(c) + padding);
    }
    out.append(line.toString().stripTrailing()).append('\n');
  }

  /** Terminal columns a text takes. */
  static int width(String text) {
    BreakIterator characters = BreakIterator.getCharacterInstance(Locale.ROOT);
    characters.setText(text);
    int width = 0;
    int from = characters.first();
    for (int to = characters.next(); to != BreakIterator.DONE; to = characters.next()) {
      width += isWide(text.codePointAt(from)) ? 2 : 1;
      from = to;
    }
    return width;
  }

  private static boolean isWide(int c) {
    return switch (Character.UnicodeScript.of(c)) {
      case HAN, HIRAGANA, KATAKANA, HANGUL -> true;
      default -> Character.isEmojiPresentation(c) || (c >= 0xFF01 && c <= 0xFF60);
    };
  }
}
