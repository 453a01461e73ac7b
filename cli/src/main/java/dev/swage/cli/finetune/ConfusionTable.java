package dev.swage.cli.finetune;

import dev.swage.cli.console.Console;
import dev.swage.report.TextTable;
import dev.swage.train.ConfusionMatrix;
import dev.swage.train.Score;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;

/** Which classes a model takes for which, for people. */
final class ConfusionTable {
  /** A wider table fits no terminal. */
  private static final int MOST = 10;

  private ConfusionTable() {}

  /** Shows what the model takes for what, where there are classes and not too many. */
  static void print(Score score, List<String> names, Console console) {
    score.confusion().flatMap(matrix -> render(matrix, names)).ifPresent(console::block);
  }

  /**
   * A row for each class with what the model says of its samples; empty where there are too many.
   *
   * @param names of the classes; their numbers stand for them where there are none
   */
  private static Optional<String> render(ConfusionMatrix matrix, List<String> names) {
    if (matrix.classes() > MOST) {
      return Optional.empty();
    }
    List<TextTable.Column> columns = new ArrayList<>(List.of(TextTable.text("class \\ taken for")));
    for (int type = 0; type < matrix.classes(); type++) {
      columns.add(TextTable.number(name(names, type)));
    }
    TextTable table = TextTable.of(columns.toArray(TextTable.Column[]::new));
    for (int type = 0; type < matrix.classes(); type++) {
      int actual = type;
      List<String> cells = new ArrayList<>(List.of(name(names, actual)));
      IntStream.range(0, matrix.classes())
          .forEach(said -> cells.add("%,d".formatted(matrix.count(actual, said))));
      table.row(cells.toArray(String[]::new));
    }
    return Optional.of(table.render());
  }

  private static String name(List<String> names, int type) {
    return type < names.size() ? names.get(type) : Integer.toString(type);
  }
}
