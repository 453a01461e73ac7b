package dev.swage.cli;

import dev.swage.cli.console.Commands;
import dev.swage.cli.console.CommonOptions;
import dev.swage.cli.console.Console;
import dev.swage.cli.console.ExitCode;
import dev.swage.cli.console.Origins;
import dev.swage.cli.console.Outputs;
import dev.swage.cli.recipe.RecipeReader;
import dev.swage.cli.train.RecipeRun;
import dev.swage.cli.train.TrainCommand;
import dev.swage.report.RunReport;
import dev.swage.report.TrainingReport;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** The whole story on generated data. */
@Command(
    name = "demo",
    description =
        "The whole story on generated data: trains two networks with clipped gradients, ships each as"
            + " float32, int8 and int4, and measures every file.",
    mixinStandardHelpOptions = true)
final class DemoCommand implements Callable<Integer> {
  private static final List<String> RECIPES = List.of("moons", "glyphs");

  @Spec private CommandSpec spec = CommandSpec.create();
  @Mixin private CommonOptions common = new CommonOptions();

  @Option(
      names = "--out",
      paramLabel = "DIR",
      defaultValue = "out/demo",
      description = "Folder for the results (default: ${DEFAULT-VALUE}).")
  private Path out = Path.of("");

  @Override
  public Integer call() {
    Console console = Commands.console(spec, common);
    Outputs outputs = new Outputs().writesReports(out);
    for (String name : RECIPES) {
      outputs.writesRun(RecipeReader.builtIn(name, List.of()), out.resolve(name));
    }
    outputs.writes(common.json()).check();
    List<RunReport> runs = new ArrayList<>();
    for (String name : RECIPES) {
      RecipeRun run =
          new RecipeRun(
              RecipeReader.builtIn(name, List.of()), Path.of(""), out.resolve(name), console);
      runs.add(run.run());
    }
    TrainCommand.write(new TrainingReport(Origins.now(), runs), out, common, console);
    return ExitCode.DONE;
  }
}
