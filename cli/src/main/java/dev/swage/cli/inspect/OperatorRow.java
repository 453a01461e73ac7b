package dev.swage.cli.inspect;

import dev.swage.cli.console.Origins;
import dev.swage.compress.dynamic.DynamicOperators;
import dev.swage.compress.qdq.StaticOperators;
import dev.swage.onnx.Node;
import dev.swage.onnx.op.OperatorFacts;
import dev.swage.report.OperatorsReport;
import dev.swage.report.TextTable;
import dev.swage.train.ExecutedOperators;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/** What can be done with an operator, read from what does it. */
record OperatorRow(
    String domain,
    String operator,
    boolean runs,
    boolean trains,
    boolean isStatic,
    boolean isDynamic,
    boolean weights) {
  private static final int MOST_INPUTS = 16;

  /** All that Swage knows. */
  static List<OperatorRow> all() {
    List<OperatorRow> rows = new ArrayList<>();
    for (String domain : List.of("", OperatorFacts.ONNX_RUNTIME)) {
      OperatorFacts.operators(domain).stream()
          .sorted()
          .forEach(operator -> rows.add(of(domain, operator)));
    }
    return rows;
  }

  private static OperatorRow of(String domain, String operator) {
    return new OperatorRow(
        domain.isEmpty() ? "ai.onnx" : domain,
        operator,
        ExecutedOperators.runs(domain, operator),
        ExecutedOperators.hasGradient(domain, operator),
        StaticOperators.contains(domain, operator),
        DynamicOperators.contains(domain, operator),
        hasWeights(domain, operator));
  }

  private static boolean hasWeights(String domain, String operator) {
    List<String> inputs = IntStream.range(0, MOST_INPUTS).mapToObj(i -> "input" + i).toList();
    Node node = new Node("", operator, domain, inputs, List.of("output"), Map.of());
    OperatorFacts facts = OperatorFacts.of(node);
    return IntStream.range(0, MOST_INPUTS).anyMatch(i -> facts.weight(node, i).isPresent());
  }

  /** Yes or no, in the order of {@link #HEADS} behind domain and operator. */
  Stream<Boolean> marks() {
    return Stream.of(runs, trains, isStatic, isDynamic, weights);
  }

  static final List<String> HEADS =
      List.of("domain", "operator", "run", "trained", "static", "dynamic", "weights");

  static String table(List<OperatorRow> rows) {
    TextTable table =
        TextTable.of(HEADS.stream().map(TextTable::text).toArray(TextTable.Column[]::new));
    for (OperatorRow row : rows) {
      List<String> cells = new ArrayList<>(List.of(row.domain(), row.operator()));
      row.marks().map(mark -> mark ? "yes" : "–").forEach(cells::add);
      table.row(cells.toArray(String[]::new));
    }
    return table.render();
  }

  static OperatorsReport report(List<OperatorRow> rows) {
    return new OperatorsReport(
        Origins.now(),
        rows.stream()
            .map(row ->
                new OperatorsReport.Entry(
                    row.domain(),
                    row.operator(),
                    row.runs(),
                    row.trains(),
                    row.isStatic(),
                    row.isDynamic(),
                    row.weights()))
            .toList());
  }
}
