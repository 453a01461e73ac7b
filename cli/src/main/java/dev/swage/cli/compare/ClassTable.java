package dev.swage.cli.compare;

import dev.swage.report.EvaluateReport.ClassResult;
import dev.swage.report.TextTable;
import dev.swage.run.score.Evaluation;
import java.util.Comparator;
import java.util.List;

/** How well a model tells its classes, one by one. */
final class ClassTable {
  private static final int MOST = 20;

  private ClassTable() {}

  static List<ClassResult> results(Evaluation evaluation) {
    return evaluation.classes().stream()
        .map(score -> new ClassResult(score.name(), score.samples(), score.correct()))
        .toList();
  }

  /** A table in the order of the classes; of many classes those that are right least often. */
  static String render(List<ClassResult> classes) {
    TextTable table =
        TextTable.of(
            TextTable.text("class"), TextTable.number("samples"), TextTable.number("right"));
    List<ClassResult> shown =
        classes.size() <= MOST
            ? classes
            : classes.stream()
                .filter(result -> result.samples() > 0)
                .sorted(Comparator.comparingDouble(ClassTable::share))
                .limit(MOST)
                .toList();
    for (ClassResult result : shown) {
      table.row(
          result.name(),
          "%,d".formatted(result.samples()),
          result.samples() == 0 ? "–" : "%.2f %%".formatted(100 * share(result)));
    }
    return table.render();
  }

  private static double share(ClassResult result) {
    return (double) result.correct() / result.samples();
  }
}
