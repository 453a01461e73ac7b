package dev.swage.cli.train;

import dev.swage.cli.console.Commands;
import dev.swage.cli.console.CommonOptions;
import dev.swage.cli.console.Console;
import dev.swage.cli.console.ExitCode;
import dev.swage.cli.console.Origins;
import dev.swage.cli.console.Outputs;
import dev.swage.cli.console.Tables;
import dev.swage.clip.ClipDoctor;
import dev.swage.clip.ClipFinding;
import dev.swage.clip.NormStatistics;
import dev.swage.clip.ObservedStep;
import dev.swage.report.ClipDoctorReport;
import dev.swage.report.ClipSummary;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Says what a training history shows is wrong with its clipping. */
@Command(
    name = "clip-doctor",
    description = {
      "Reads a training history and says what is wrong with its clipping.",
      "Each finding has its evidence and a setting to try. The exit code is 0 whatever it finds."
    },
    mixinStandardHelpOptions = true)
public final class ClipDoctorCommand implements Callable<Integer> {
  @Spec private CommandSpec spec = CommandSpec.create();
  @Mixin private CommonOptions common = new CommonOptions();

  @Parameters(paramLabel = "HISTORY.jsonl", description = "Written by train beside the model.")
  private Path file = Path.of("");

  @Override
  public Integer call() {
    Console console = Commands.console(spec, common);
    new Outputs().reads(Optional.of(file)).writes(common.json()).check();
    HistoryReader.History history = HistoryReader.read(file);
    if (!history.warning().isEmpty()) {
      console.warning(history.warning());
    }
    List<ObservedStep> steps = history.steps();
    List<ClipFinding> findings = ClipDoctor.examine(steps, history.scaleInvariant());
    ClipSummary summary = summary(history);
    console.line(
        "%,d steps, clip=%s, %.1f %% clipped, %,d skipped%s",
        summary.steps(),
        summary.method(),
        100 * summary.clippedShare(),
        summary.skippedSteps(),
        history.optimizer().isEmpty() ? "" : ", " + history.optimizer());
    print(findings, steps.size(), console);
    NormStatistics norms = norms(steps);
    console.line("");
    console.block(Tables.thresholds(norms.suggestions()));
    common
        .json()
        .ifPresent(json -> console.write(json, report(file.toString(), summary, findings, norms)));
    return ExitCode.DONE;
  }

  /** The findings as lines; also what {@code train} ends with. */
  static void print(List<ClipFinding> findings, long steps, Console console) {
    for (ClipFinding finding : findings) {
      console.line("clip doctor: %s", finding.line());
    }
    if (findings.isEmpty()) {
      console.line(
          "clip doctor: %s",
          steps < ClipDoctor.FEWEST_STEPS
              ? "%d steps are too few to tell".formatted(steps)
              : "nothing to change");
    }
  }

  /** What was found in a history or a dry run, as a record for reports. */
  static ClipDoctorReport report(
      String history, ClipSummary summary, List<ClipFinding> findings, NormStatistics norms) {
    return new ClipDoctorReport(
        Origins.now(),
        history,
        summary,
        findings.stream()
            .map(f -> new ClipDoctorReport.Finding(f.kind().name(), f.evidence(), f.suggestion()))
            .toList(),
        norms.suggestions().stream()
            .map(s -> new ClipDoctorReport.Suggestion(s.rule(), s.threshold(), s.clippedShare()))
            .toList());
  }

  private static ClipSummary summary(HistoryReader.History history) {
    List<ObservedStep> steps = history.steps();
    NormStatistics norms = norms(steps);
    return new ClipSummary(
        history.method(),
        steps.size(),
        steps.stream().filter(ObservedStep::clipped).count(),
        steps.stream().filter(ObservedStep::skipped).count(),
        norms.quartiles(),
        steps.getLast().threshold());
  }

  private static NormStatistics norms(List<ObservedStep> steps) {
    return NormStatistics.of(steps.stream().mapToDouble(ObservedStep::normBefore).toArray());
  }
}
