package dev.swage.cli.train;

import dev.swage.cli.console.TextFigures;
import dev.swage.data.TextUnit;
import dev.swage.report.SweepRun;
import dev.swage.report.TextTable;
import dev.swage.train.Score;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalDouble;

/** How each run of a sweep ended. */
final class SweepTable {
  private SweepTable() {}

  /** A run in one line. */
  static String line(SweepRun run, Optional<TextUnit> unit) {
    StringBuilder line = new StringBuilder("%s: %s".formatted(settings(run), outcome(run, unit)));
    for (SweepRun.Shipped file : run.shipped()) {
      line.append(", ").append(file.name()).append(' ').append(figure(file));
    }
    line.append(String.format(Locale.ROOT, ", %.1f s", run.seconds()));
    return run.failure().isEmpty() ? line.toString() : line + ": " + run.failure();
  }

  private static String settings(SweepRun run) {
    return String.join(", ", run.settings().stream().map(s -> s.key() + "=" + s.value()).toList());
  }

  private static String outcome(SweepRun run, Optional<TextUnit> unit) {
    if (run.loss().isEmpty()) {
      return "failed at step " + run.clip().steps();
    }
    String after = run.failure().isEmpty() ? "" : ", codes failed";
    String loss = String.format(Locale.ROOT, "loss %.4f", run.loss().getAsDouble()) + after;
    if (unit.isPresent()) {
      Score score = new Score(run.loss().getAsDouble(), OptionalDouble.empty(), 0);
      return "%s, %s".formatted(loss, TextFigures.describe(unit.get(), score));
    }
    return run.accuracy().isPresent() ? percent(run.accuracy()) + ", " + loss : loss;
  }

  private static String figure(SweepRun.Shipped file) {
    return file.accuracy().isPresent()
        ? percent(file.accuracy())
        : file.loss().isPresent()
            ? String.format(Locale.ROOT, "%.4f", file.loss().getAsDouble())
            : "–";
  }

  private static String percent(OptionalDouble share) {
    return String.format(Locale.ROOT, "%.2f %%", 100 * share.getAsDouble());
  }

  /** The names of all files, in the order in which runs have them. */
  static List<String> files(List<SweepRun> runs) {
    return runs.stream()
        .flatMap(run -> run.shipped().stream())
        .map(SweepRun.Shipped::name)
        .distinct()
        .toList();
  }

  /**
   * The table of all runs.
   *
   * @param disturbed whether runs recover from something
   */
  static String of(List<SweepRun> runs, Optional<TextUnit> unit, boolean disturbed) {
    List<String> files = files(runs);
    List<TextTable.Column> columns = new ArrayList<>();
    for (SweepRun.Setting setting : runs.getFirst().settings()) {
      columns.add(TextTable.text(setting.key()));
    }
    columns.add(TextTable.number("steps"));
    columns.add(TextTable.number("epochs"));
    columns.add(TextTable.text("test"));
    files.forEach(file -> columns.add(TextTable.number(file)));
    for (String number : List.of("clipped", "median norm", "largest", "s")) {
      columns.add(TextTable.number(number));
    }
    if (disturbed) {
      columns.add(TextTable.number("recovers in"));
    }
    TextTable table = TextTable.of(columns.toArray(TextTable.Column[]::new));
    for (SweepRun run : runs) {
      List<String> cells = new ArrayList<>(row(run, unit, files));
      if (disturbed) {
        cells.add(run.recovery().isPresent() ? run.recovery().getAsInt() + " steps" : "never");
      }
      table.row(cells.toArray(String[]::new));
    }
    return table.render();
  }

  private static List<String> row(SweepRun run, Optional<TextUnit> unit, List<String> files) {
    List<String> cells = new ArrayList<>();
    run.settings().forEach(setting -> cells.add(setting.value()));
    cells.add(String.format(Locale.ROOT, "%,d", run.clip().steps()));
    cells.add(Long.toString(run.epochs()));
    cells.add(outcome(run, unit));
    for (String name : files) {
      cells.add(
          run.shipped().stream()
              .filter(file -> file.name().equals(name))
              .map(SweepTable::figure)
              .findFirst()
              .orElse("failed"));
    }
    cells.add(String.format(Locale.ROOT, "%.1f %%", 100 * run.clip().clippedShare()));
    cells.add(String.format(Locale.ROOT, "%.3g", run.clip().normQuartiles().get(2)));
    cells.add(String.format(Locale.ROOT, "%.3g", run.clip().normQuartiles().get(4)));
    cells.add(String.format(Locale.ROOT, "%.1f", run.seconds()));
    return cells;
  }
}
