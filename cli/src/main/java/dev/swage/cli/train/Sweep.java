package dev.swage.cli.train;

import dev.swage.cli.console.UsageException;
import dev.swage.report.SweepRun.Setting;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The combinations of {@code --over KEY=VALUE|VALUE|…} options. */
final class Sweep {
  private static final int MOST_RUNS = 1000;
  private static final Pattern RANGE = Pattern.compile("(-?\\d{1,9})\\.\\.(-?\\d{1,9})");

  private Sweep() {}

  /**
   * Every combination; the last option varies fastest.
   *
   * @throws UsageException for an option without key or value, and for too many runs
   */
  static List<List<Setting>> combinations(List<String> overs) {
    List<List<Setting>> combinations = List.of(List.of());
    for (String over : overs) {
      List<Setting> axis = axis(over);
      List<List<Setting>> longer = new ArrayList<>();
      for (List<Setting> combination : combinations) {
        for (Setting setting : axis) {
          List<Setting> next = new ArrayList<>(combination);
          next.add(setting);
          longer.add(next);
        }
      }
      combinations = longer;
      if (combinations.size() > MOST_RUNS) {
        throw new UsageException(
            "--over options make more than %d runs; vary less at once".formatted(MOST_RUNS));
      }
    }
    return combinations;
  }

  private static List<Setting> axis(String over) {
    int equals = over.indexOf('=');
    if (equals < 1 || equals == over.length() - 1) {
      throw new UsageException(
          "--over %s: expected KEY=VALUE|VALUE|…, as in --over 'train.clip=none|{norm: 1}' or --over seed=1..5"
              .formatted(over));
    }
    String key = over.substring(0, equals);
    String values = over.substring(equals + 1);
    Matcher range = RANGE.matcher(values.strip());
    List<Setting> axis = new ArrayList<>();
    if (range.matches()) {
      int first = Integer.parseInt(range.group(1));
      int last = Integer.parseInt(range.group(2));
      if (last < first || last - first >= MOST_RUNS) {
        throw new UsageException(
            "--over %s: a range goes upwards over at most %d numbers".formatted(over, MOST_RUNS));
      }
      for (int i = first; i <= last; i++) {
        axis.add(new Setting(key, Integer.toString(i)));
      }
      return axis;
    }
    for (String value : values.split("\\|", -1)) {
      if (value.isBlank()) {
        throw new UsageException("--over " + over + ": a value is empty");
      }
      axis.add(new Setting(key, value.strip()));
    }
    return axis;
  }
}
