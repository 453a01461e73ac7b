package dev.swage.cli.train;

import dev.swage.cli.console.Commands;
import dev.swage.cli.console.CommonOptions;
import dev.swage.cli.console.Console;
import dev.swage.cli.console.Counts;
import dev.swage.cli.console.ExitCode;
import dev.swage.cli.console.Origins;
import dev.swage.cli.console.Outputs;
import dev.swage.cli.data.DataOptions;
import dev.swage.cli.recipe.Recipe;
import dev.swage.report.JsonReports;
import dev.swage.report.RunReport;
import dev.swage.report.TrainingReport;
import dev.swage.report.html.HtmlReport;
import dev.swage.train.CheckpointPolicy;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** Carries out a recipe. */
@Command(
    name = "train",
    description = {
      "Trains the network of a recipe with clipped gradients and ships it as ONNX files.",
      "Writes model.onnx, its narrowed twins, history.jsonl, report.html and report.json,",
      "and on the way checkpoints to go on from when it was interrupted."
    },
    mixinStandardHelpOptions = true)
public final class TrainCommand implements Callable<Integer> {
  @Spec private CommandSpec spec = CommandSpec.create();
  @Mixin private CommonOptions common = new CommonOptions();
  @Mixin private DataOptions dataOptions = new DataOptions();
  @Mixin private RecipeOptions recipeOptions = new RecipeOptions();

  @Option(
      names = "--out",
      paramLabel = "DIR",
      description = "Folder for the results (default: out/NAME, by the recipe's name).")
  private Optional<Path> out = Optional.empty();

  @Option(
      names = "--checkpoint-every",
      paramLabel = "STEPS",
      description = "Save the run's state every so many steps (default: the recipe's, else 1000).")
  private Optional<Integer> every = Optional.empty();

  @Option(
      names = "--keep",
      paramLabel = "COUNT",
      description = "How many checkpoints stay, the newest (default: the recipe's, else 2).")
  private Optional<Integer> keep = Optional.empty();

  @Option(
      names = "--resume",
      description =
          "Go on from the newest checkpoint in DIR, to the same bits (docs/checkpoints.md).")
  private boolean resume;

  @Option(
      names = "--calibrate-clip",
      paramLabel = "STEPS",
      description =
          "Dry run: so many steps without clipping, then thresholds to choose from. Writes nothing.")
  private Optional<Integer> calibrate = Optional.empty();

  @Option(
      names = "--replay",
      paramLabel = "STEP",
      description =
          "Repeat the run of DIR up to this step and show the step closely. Writes nothing.")
  private Optional<Long> replay = Optional.empty();

  @Override
  public Integer call() {
    Console console = Commands.console(spec, common);
    Recipe recipe = recipeOptions.read();
    Path folder = out.orElseGet(() -> Path.of("out", recipe.name()));
    Outputs outputs =
        new Outputs().readsRecipe(recipeOptions.file(), recipe, dataOptions.directory());
    if (calibrate.isEmpty() && replay.isEmpty()) {
      outputs.writesRun(recipe, folder);
    }
    outputs.writes(common.json()).check();
    if (calibrate.isPresent()) {
      int steps = Counts.atLeastOne("--calibrate-clip", calibrate.get());
      ClipDryRun.run(recipe, dataOptions, steps, common.json(), console);
      return ExitCode.DONE;
    }
    if (replay.isPresent()) {
      Replay.run(recipe, dataOptions, replay.get(), folder, console);
      return ExitCode.DONE;
    }
    Saving saving = new Saving(policy(recipe, folder), resume, resumeCommand());
    RunReport run =
        new RecipeRun(recipe, dataOptions.directory(), folder, console, Optional.of(saving)).run();
    TrainingReport report = new TrainingReport(Origins.now(), List.of(run));
    write(report, folder, common, console);
    return ExitCode.DONE;
  }

  private CheckpointPolicy policy(Recipe recipe, Path folder) {
    Recipe.Checkpoints settings = recipe.checkpoints();
    CheckpointPolicy policy =
        CheckpointPolicy.every(
                Counts.atLeastOne("--checkpoint-every", every.orElse(settings.every())))
            .keep(Counts.atLeastOne("--keep", keep.orElse(settings.keep())))
            .in(folder.resolve("checkpoint"));
    return settings.eachEpoch() ? policy.andEachEpoch() : policy;
  }

  /** What was typed, with {@code --resume}. */
  private String resumeCommand() {
    List<String> words = new ArrayList<>(spec.commandLine().getParseResult().originalArgs());
    if (!resume) {
      words.add("--resume");
    }
    return words.stream()
        .map(word -> word.matches("[A-Za-z0-9_./:=@%+,-]+") ? word : "'" + word + "'")
        .collect(Collectors.joining(" ", "swage ", ""));
  }

  /** Writes {@code report.json} and {@code report.html}, and the JSON the user asked for. */
  public static void write(
      TrainingReport report, Path folder, CommonOptions common, Console console) {
    Path html = folder.resolve("report.html");
    JsonReports.write(folder.resolve("report.json"), report);
    HtmlReport.write(html, report);
    common.json().ifPresent(json -> console.write(json, report));
    console.line("report: %s", html);
  }
}
