package dev.swage.cli.train;

import dev.swage.report.SweepRun;
import dev.swage.report.TextTable;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.stream.DoubleStream;

/**
 * Runs of a sweep that differ in nothing but the seed, together: the mean and the standard
 * deviation (of a sample) of those that did not fail, and how many did.
 */
final class SweepMeans {
  private static final String SEED = "seed";

  private SweepMeans() {}

  /** The table; empty if nothing was trained with several seeds. */
  static Optional<String> of(List<SweepRun> runs) {
    Map<List<SweepRun.Setting>, List<SweepRun>> groups = new LinkedHashMap<>();
    for (SweepRun run : runs) {
      groups.computeIfAbsent(others(run), _ -> new ArrayList<>()).add(run);
    }
    if (groups.size() == runs.size()) {
      return Optional.empty();
    }
    boolean classes = runs.stream().anyMatch(run -> run.accuracy().isPresent());
    List<String> files = SweepTable.files(runs);
    List<TextTable.Column> columns = new ArrayList<>();
    others(runs.getFirst()).forEach(setting -> columns.add(TextTable.text(setting.key())));
    columns.add(TextTable.number("seeds"));
    columns.add(TextTable.number("failed"));
    columns.add(TextTable.number(classes ? "test, %" : "test loss"));
    files.forEach(file -> columns.add(TextTable.number(file)));
    columns.add(TextTable.number("clipped"));
    TextTable table = TextTable.of(columns.toArray(TextTable.Column[]::new));
    groups.forEach((settings, group) ->
        table.row(row(settings, group, files, classes).toArray(String[]::new)));
    return Optional.of(table.render());
  }

  private static List<SweepRun.Setting> others(SweepRun run) {
    return run.settings().stream().filter(setting -> !setting.key().equals(SEED)).toList();
  }

  private static List<String> row(
      List<SweepRun.Setting> settings, List<SweepRun> group, List<String> files, boolean classes) {
    List<String> cells = new ArrayList<>();
    settings.forEach(setting -> cells.add(setting.value()));
    cells.add(Integer.toString(group.size()));
    cells.add(Long.toString(group.stream().filter(run -> !run.failure().isEmpty()).count()));
    cells.add(
        spread(
            group.stream().map(run -> figure(run.accuracy(), run.loss(), classes)).toList(),
            classes));
    for (String name : files) {
      cells.add(
          spread(
              group.stream()
                  .flatMap(run -> run.shipped().stream())
                  .filter(file -> file.name().equals(name))
                  .map(file -> figure(file.accuracy(), file.loss(), classes))
                  .toList(),
              classes));
    }
    double clipped =
        group.stream().mapToDouble(run -> run.clip().clippedShare()).average().orElse(0);
    cells.add(String.format(Locale.ROOT, "%.1f %%", 100 * clipped));
    return cells;
  }

  private static OptionalDouble figure(
      OptionalDouble accuracy, OptionalDouble loss, boolean classes) {
    return classes
        ? accuracy.isPresent() ? OptionalDouble.of(100 * accuracy.getAsDouble()) : accuracy
        : loss;
  }

  private static String spread(List<OptionalDouble> figures, boolean classes) {
    double[] known = figures.stream().flatMapToDouble(OptionalDouble::stream).toArray();
    if (known.length == 0) {
      return "–";
    }

    double mean = DoubleStream.of(known).average().orElseThrow();
    if (known.length == 1) {
      return fixed(mean, classes);
    }
    double squares = DoubleStream.of(known).map(x -> (x - mean) * (x - mean)).sum();
    double deviation = Math.sqrt(squares / (known.length - 1));
    return fixed(mean, classes) + " ± " + fixed(deviation, classes);
  }

  private static String fixed(double value, boolean percent) {
    return percent
        ? String.format(Locale.ROOT, "%.2f", value)
        : String.format(Locale.ROOT, "%.4f", value);
  }
}
