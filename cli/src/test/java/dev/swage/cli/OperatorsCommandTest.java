package dev.swage.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.swage.report.JsonReports;
import dev.swage.report.OperatorsReport;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** {@code operators} as a user runs it. */
final class OperatorsCommandTest {
  private static final String RESULTS =
      """
      kind\ttest\toperators\tresult\treason
      node\ttest_relu\tRelu\tPASS\t
      node\ttest_relu_again\tRelu\tFAIL\tdiffers | by 0.5
      node\ttest_conv\tConv,Relu\tPASS\t
      simple\ttest_words\tStringConcat\tNOT SUPPORTED\ttexts
      """;

  @TempDir private Path folder;

  private static CommandRun done(String... args) {
    CommandRun run = CommandRun.of(args);
    assertThat(run.exitCode()).as(run.err()).isZero();
    assertThat(run.err()).isEmpty();
    return run;
  }

  /** The cells of an operator's row: domain, operator, run, trained, static, dynamic, weights. */
  private static List<String> row(String table, String domain, String operator) {
    return table
        .lines()
        .map(line -> List.of(line.replace("|", " ").strip().split("\\s+")))
        .filter(cells -> cells.size() > 1)
        .filter(cells -> cells.get(0).equals(domain) && cells.get(1).equals(operator))
        .findFirst()
        .orElseThrow();
  }

  @ParameterizedTest
  @CsvSource({
    "ai.onnx,Conv,yes yes yes yes yes",
    "ai.onnx,Relu,yes yes yes – –",
    "ai.onnx,LSTM,yes yes – yes yes",
    "ai.onnx,Round,yes – – – –",
    "ai.onnx,StringConcat,– – – – –",
    "com.microsoft,FusedMatMul,yes yes",
  })
  void the_table_says_what_can_be_done(String domain, String operator, String marks) {
    List<String> wanted = List.of(marks.split(" "));
    for (String option : List.of("", "--markdown")) {
      CommandRun run = option.isEmpty() ? done("operators") : done("operators", option);
      assertThat(row(run.out(), domain, operator).subList(2, 2 + wanted.size())).isEqualTo(wanted);
    }
  }

  @Test
  void no_operator_is_listed_twice_and_the_report_holds_the_table() {
    Path json = folder.resolve("operators.json");
    CommandRun run = done("operators", "--json", "" + json);
    OperatorsReport report = JsonReports.read(json, OperatorsReport.class);
    assertThat(report.operators()).hasSizeGreaterThan(190).doesNotHaveDuplicates();
    assertThat(report.operators().stream().map(e -> e.domain() + ":" + e.operator()))
        .doesNotHaveDuplicates();
    assertThat(report.operators())
        .allSatisfy(entry -> {
          List<String> cells = row(run.out(), entry.domain(), entry.operator());
          assertThat(cells.subList(2, 7))
              .containsExactly(
                  mark(entry.runs()),
                  mark(entry.trains()),
                  mark(entry.quantizesStatic()),
                  mark(entry.quantizesDynamic()),
                  mark(entry.quantizesWeights()));
          assertThat(entry.runs() || !entry.trains()).isTrue();
        });
  }

  private static String mark(boolean yes) {
    return yes ? "yes" : "–";
  }

  @Test
  void results_of_tests_are_counted_and_failures_named() throws IOException {
    Path results = Files.writeString(folder.resolve("conformance.tsv"), RESULTS);
    String page = done("operators", "--markdown", "--results", "" + results).out();
    assertThat(page)
        .startsWith("# Operators")
        .containsPattern("\\| ai.onnx \\| Relu \\|.*\\| 2 of 3 \\|")
        .containsPattern("\\| ai.onnx \\| Conv \\|.*\\| 1 of 1 \\|")
        .contains("| node | 2 of 3 |\n| simple | 0 of 1 |")
        .contains("| test_relu_again | Relu | differs \\| by 0.5 |")
        .contains("| test_words | StringConcat | texts |")
        .doesNotContain("| test_conv |");
    assertThat(done("operators", "--markdown").out()).doesNotContain("ONNX's own tests\n");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "--results DIR/good.tsv            | 2 | --results belongs to --markdown",
        "--markdown --results DIR/none.tsv | 1 | DIR/none.tsv: no such file",
        "--markdown --results DIR/bad.tsv  | 2 | DIR/bad.tsv: line 2: expected kind, test, operators, result and reason, got 'node test'",
        "--markdown --results DIR/raw.tsv  | 2 | DIR/raw.tsv: is no text in UTF-8",
        "--results DIR/good.tsv --markdown --json DIR/good.tsv | 2 | DIR/good.tsv: is an input, which is never overwritten",
        "--html                            | 2 | Unknown option: '--html'",
      })
  void what_is_wrong_is_one_line(String options, int code, String complaint) throws IOException {
    Files.writeString(folder.resolve("good.tsv"), RESULTS);
    Files.writeString(folder.resolve("bad.tsv"), "kind\nnode test\n");
    Files.write(folder.resolve("raw.tsv"), new byte[] {(byte) 0xC0, (byte) 0xFF, '\n'});
    String[] args = ("operators " + options.replace("DIR", "" + folder)).split(" ");
    CommandRun run = CommandRun.of(args);
    assertThat(run.err())
        .startsWith("swage: " + complaint.replace("DIR", "" + folder))
        .hasLineCount(1);
    assertThat(run.exitCode()).isEqualTo(code);
    assertThat(run.out()).isEmpty();
    assertThat(folder.resolve("good.tsv")).hasContent(RESULTS);
  }
}
