package dev.swage.cli;

import dev.swage.cli.compare.CompareCommand;
import dev.swage.cli.compare.EvaluateCommand;
import dev.swage.cli.console.Console;
import dev.swage.cli.console.Ending;
import dev.swage.cli.console.ExitCode;
import dev.swage.cli.console.Failures;
import dev.swage.cli.console.StopSignals;
import dev.swage.cli.console.StoppedException;
import dev.swage.cli.console.UsageException;
import dev.swage.cli.console.Version;
import dev.swage.cli.finetune.FinetuneCommand;
import dev.swage.cli.inspect.InspectCommand;
import dev.swage.cli.inspect.OperatorsCommand;
import dev.swage.cli.quantize.CalibrateCommand;
import dev.swage.cli.quantize.PlanCommand;
import dev.swage.cli.quantize.QuantizeCommand;
import dev.swage.cli.train.ClipDoctorCommand;
import dev.swage.cli.train.SweepCommand;
import dev.swage.cli.train.TrainCommand;
import dev.swage.data.yaml.YamlException;
import dev.swage.text.SafeText;
import java.io.PrintStream;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import java.util.Optional;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ParseResult;
import picocli.CommandLine.Spec;

/** The {@code swage} command. */
@Command(
    name = "swage",
    description = "Trains deep networks stably and ships them small.",
    versionProvider = Version.class,
    mixinStandardHelpOptions = true,
    synopsisSubcommandLabel = "COMMAND",
    subcommands = {
      DemoCommand.class,
      TrainCommand.class,
      FinetuneCommand.class,
      SweepCommand.class,
      ClipDoctorCommand.class,
      InspectCommand.class,
      OperatorsCommand.class,
      CalibrateCommand.class,
      PlanCommand.class,
      QuantizeCommand.class,
      EvaluateCommand.class,
      CompareCommand.class
    },
    footer = {
      "",
      "Exit codes: 0 done, 1 the work failed, 2 wrong usage, 3 a bound you set was missed,",
      "130 stopped by Ctrl-C, 143 by SIGTERM."
    })
public final class Main implements Runnable {
  @Spec private CommandSpec spec;

  Main() {
    this.spec = CommandSpec.create();
  }

  public static void main(String[] args) {
    // Figures look the same everywhere, whatever the machine's language.
    Locale.setDefault(Locale.Category.FORMAT, Locale.ROOT);
    Console console = new Console(out(System.out), out(System.err), false);
    try (StopSignals _ = StopSignals.ending(Optional::empty, console)) {
      int code = run(args);
      Ending.await();
      System.exit(code);
    }
  }

  private static PrintWriter out(PrintStream stream) {
    return new PrintWriter(stream, true, StandardCharsets.UTF_8);
  }

  /** Runs one command line and returns its exit code. */
  public static int run(String... args) {
    return run(commandLine(), args);
  }

  /** The last boundary: whatever goes wrong is one line. */
  static int run(CommandLine command, String... args) {
    try {
      return command.execute(args);
    } catch (Error | RuntimeException e) {
      Ending.await();
      // The command line hands on exceptions only.
      command.getErr().println("swage: " + Failures.describe(e));
      return ExitCode.FAILED;
    }
  }

  static CommandLine commandLine() {
    return new CommandLine(new Main())
        .setOut(out(System.out))
        .setErr(out(System.err))
        .setCaseInsensitiveEnumValuesAllowed(true)
        .setUsageHelpAutoWidth(true)
        .setParameterExceptionHandler(Main::onWrongUsage)
        .setExecutionExceptionHandler(Main::onFailure);
  }

  @Override
  public void run() {
    throw new ParameterException(spec.commandLine(), "a command is missing");
  }

  private static int onWrongUsage(ParameterException e, String[] args) {
    CommandLine command = e.getCommandLine();
    String help = "try '" + command.getCommandSpec().qualifiedName() + " --help'";
    command
        .getErr()
        .println(
            "swage: " + SafeText.line(oneLine(String.valueOf(e.getMessage()))) + " (" + help + ")");
    return ExitCode.USAGE;
  }

  private static int onFailure(Exception e, CommandLine command, ParseResult parsed) {
    Ending.await();
    boolean verbose = parsed.originalArgs().contains("--verbose");
    if (verbose) {
      StringWriter trace = new StringWriter();
      e.printStackTrace(new PrintWriter(trace));
      command.getErr().println(SafeText.block(trace.toString().stripTrailing()));
    }
    command.getErr().println("swage: " + Failures.describe(e));
    if (e instanceof StoppedException stopped) {
      return stopped.exitCode();
    }
    return e instanceof UsageException || e instanceof YamlException
        ? ExitCode.USAGE
        : ExitCode.FAILED;
  }

  private static String oneLine(String message) {
    return message.replaceAll("\\s*\\R\\s*", "; ");
  }
}
