package dev.swage.cli.inspect;

import dev.swage.cli.console.UsageException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.Collectors;

/** The page {@code docs/operators.md}. */
final class OperatorPage {
  private static final String PASS = "PASS";

  private OperatorPage() {}

  /** A line of the results: {@code kind, test, operators, result, reason}. */
  private record Result(
      String kind, String test, List<String> operators, String result, String why) {
    static Result of(String line) {
      String[] cells = line.split("\t", -1);
      if (cells.length < 5) {
        throw new UsageException(
            "--results: expected kind, test, operators, result and reason, got '" + line + "'");
      }
      return new Result(cells[0], cells[1], List.of(cells[2].split(",")), cells[3], cells[4]);
    }

    boolean passes() {
      return result.equals(PASS);
    }
  }

  static String of(List<OperatorRow> rows, Optional<List<String>> results) {
    List<Result> tests =
        results.map(lines -> lines.stream().skip(1).map(Result::of).toList()).orElse(List.of());
    List<String> page = new ArrayList<>();
    page.add(
        """
        # Operators

        What Swage can do with each operator it knows. This page is written by
        `./swage operators --markdown --results train/target/conformance.tsv`.

        - **run**: the executor of training runs it (`finetune`, `train`).
        - **trained**: gradients pass through it.
        - **static**, **dynamic**: it can compute on integer codes, with ranges fixed ahead or made at every run.
        - **weights**: its weights can be stored in few bits.
        - **tests**: how many of ONNX's own tests of this operator, of those that ONNX Runtime passes, the executor passes.

        Models of operator set 7 to 25 are read. An operator that is not here is kept as it is where a model is quantized, and named
        in an error where it is to be trained.
        """);
    page.add(table(rows, tests));
    if (!tests.isEmpty()) {
      page.add(summary(tests));
    }
    return String.join("\n", page).stripTrailing();
  }

  private static String table(List<OperatorRow> rows, List<Result> tests) {
    Map<String, int[]> counts = new TreeMap<>();
    for (Result test : tests) {
      if (test.kind().equals("node")) {
        for (String operator : test.operators()) {
          int[] count = counts.computeIfAbsent(operator, name -> new int[2]);
          count[0] += test.passes() ? 1 : 0;
          count[1]++;
        }
      }
    }
    StringBuilder table = new StringBuilder();
    table.append("| ").append(String.join(" | ", OperatorRow.HEADS)).append(" | tests |\n");
    table.append("|---".repeat(OperatorRow.HEADS.size() + 1)).append("|\n");
    for (OperatorRow row : rows) {
      int[] count = counts.getOrDefault(row.operator(), new int[2]);
      table.append("| %s | %s | ".formatted(row.domain(), row.operator()));
      table.append(row.marks().map(mark -> mark ? "yes" : "–").collect(Collectors.joining(" | ")));
      boolean own = row.domain().equals("ai.onnx") && count[1] > 0;
      table.append(own ? " | %d of %d |\n".formatted(count[0], count[1]) : " | |\n");
    }
    return table.toString();
  }

  private static String summary(List<Result> tests) {
    StringBuilder text =
        new StringBuilder("## ONNX's own tests\n\n| tests | passed |\n|---|---|\n");
    Map<String, List<Result>> kinds =
        tests.stream()
            .collect(Collectors.groupingBy(Result::kind, LinkedHashMap::new, Collectors.toList()));
    kinds.forEach((kind, own) ->
        text.append(
            "| %s | %d of %d |\n"
                .formatted(kind, own.stream().filter(Result::passes).count(), own.size())));
    text.append("\nThose that do not pass:\n\n| test | operators | reason |\n|---|---|---|\n");
    tests.stream()
        .filter(test -> !test.passes())
        .forEach(test ->
            text.append(
                "| %s | %s | %s |\n"
                    .formatted(
                        test.test(),
                        String.join(", ", test.operators()),
                        test.why().replace("|", "\\|"))));
    return text.toString();
  }
}
