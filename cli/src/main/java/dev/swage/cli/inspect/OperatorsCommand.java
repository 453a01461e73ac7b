package dev.swage.cli.inspect;

import dev.swage.cli.console.Commands;
import dev.swage.cli.console.CommonOptions;
import dev.swage.cli.console.Console;
import dev.swage.cli.console.ExitCode;
import dev.swage.cli.console.Outputs;
import dev.swage.cli.console.UsageException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** What can be done with each operator. */
@Command(
    name = "operators",
    description = "What can be read, run, trained and quantized, by operator.",
    mixinStandardHelpOptions = true)
public final class OperatorsCommand implements Callable<Integer> {
  @Spec private CommandSpec spec = CommandSpec.create();
  @Mixin private CommonOptions common = new CommonOptions();

  @Option(names = "--markdown", description = "As a page of Markdown.")
  private boolean markdown;

  @Option(
      names = "--results",
      paramLabel = "FILE.tsv",
      description = "With --markdown: what ONNX's own tests gave, as a test of Swage writes it.")
  private Optional<Path> results = Optional.empty();

  @Override
  public Integer call() {
    Console console = Commands.console(spec, common);
    new Outputs().reads(results).writes(common.json()).check();
    if (results.isPresent() && !markdown) {
      throw new UsageException("--results belongs to --markdown");
    }
    List<OperatorRow> rows = OperatorRow.all();
    if (markdown) {
      console.block(OperatorPage.of(rows, results.map(OperatorsCommand::lines)));
    } else {
      console.block(OperatorRow.table(rows));
    }
    common.json().ifPresent(file -> console.write(file, OperatorRow.report(rows)));
    return ExitCode.DONE;
  }

  private static List<String> lines(Path file) {
    try {
      return Files.readAllLines(file);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
