package dev.swage.report.html;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** A table of texts: the first column heads its row, columns of numbers stand to the right. */
final class Rows {
  private final List<String> heads;
  private final List<List<String>> rows = new ArrayList<>();

  Rows(String... heads) {
    this.heads = List.of(heads);
  }

  /** Adds a row of as many cells as there are heads. */
  void row(String... cells) {
    if (cells.length != heads.size()) {
      throw new IllegalArgumentException(
          String.format(Locale.ROOT, "a row needs %d cells, got %d", heads.size(), cells.length));
    }
    rows.add(List.of(cells));
  }

  Markup render() {
    return table(rows);
  }

  /** The table with rows beyond the first few folded away. */
  Markup renderFolded(int shown) {
    if (rows.size() <= shown) {
      return render();
    }
    return table(rows.subList(0, shown))
        .open("details")
        .element("summary", String.format(Locale.ROOT, "%d more", rows.size() - shown))
        .add(table(rows.subList(shown, rows.size())))
        .close("details");
  }

  private Markup table(List<List<String>> some) {
    Markup out = new Markup().open("div", "class", "scroll").open("table").open("thead").open("tr");
    for (int i = 0; i < heads.size(); i++) {
      out.element("th", heads.get(i), "scope", "col", "class", isNumeric(i) ? "n" : "");
    }
    out.close("tr").close("thead").open("tbody").line();
    for (List<String> row : some) {
      out.open("tr").element("th", row.getFirst(), "scope", "row");
      for (int i = 1; i < row.size(); i++) {
        out.element("td", row.get(i), "class", isNumeric(i) ? "n" : "");
      }
      out.close("tr").line();
    }
    return out.close("tbody").close("table").close("div").line();
  }

  /** Whether every cell begins like a number, as far as there is anything in it. */
  private boolean isNumeric(int column) {
    return column > 0
        && rows.stream()
            .map(row -> row.get(column))
            .filter(cell -> !cell.isEmpty())
            .allMatch(cell -> cell.matches("[−–+∞0-9].*"));
  }
}
