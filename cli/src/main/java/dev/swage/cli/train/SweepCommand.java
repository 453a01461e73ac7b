package dev.swage.cli.train;

import dev.swage.cli.console.Commands;
import dev.swage.cli.console.CommonOptions;
import dev.swage.cli.console.Console;
import dev.swage.cli.console.ExitCode;
import dev.swage.cli.console.Origins;
import dev.swage.cli.console.Outputs;
import dev.swage.cli.data.DataOptions;
import dev.swage.cli.recipe.Recipe;
import dev.swage.data.TextUnit;
import dev.swage.report.SweepReport;
import dev.swage.report.SweepRun;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** Trains one recipe under several settings and compares how it ends. */
@Command(
    name = "sweep",
    description = {
      "Trains a recipe once for each combination of settings and prints how each run ended.",
      "A run that fails, as by NaN, is a row like the others. Runs that differ in nothing but the seed",
      "are averaged. No file is left behind."
    },
    mixinStandardHelpOptions = true)
public final class SweepCommand implements Callable<Integer> {
  @Spec private CommandSpec spec = CommandSpec.create();
  @Mixin private CommonOptions common = new CommonOptions();
  @Mixin private DataOptions dataOptions = new DataOptions();
  @Mixin private RecipeOptions recipeOptions = new RecipeOptions();

  @Option(
      names = "--over",
      required = true,
      paramLabel = "KEY=VALUE|VALUE|…",
      description =
          "Values for a key of the recipe, as in --over 'train.clip=none|{norm: 1}' or --over"
              + " seed=1..5; repeated, all combinations are run.")
  private List<String> overs = List.of();

  @Option(
      names = "--ship",
      description =
          "Also make the files that the recipe ships, and those trained through codes, and measure"
              + " them on the test data.")
  private boolean ship;

  @Override
  public Integer call() {
    Console console = Commands.console(spec, common);
    List<List<SweepRun.Setting>> combinations = Sweep.combinations(overs);
    // All recipes are read before the first run, so that a wrong value costs no time.
    List<Recipe> recipes = combinations.stream().map(this::recipe).toList();
    Outputs outputs = new Outputs();
    recipes.forEach(
        recipe -> outputs.readsRecipe(recipeOptions.file(), recipe, dataOptions.directory()));
    outputs.writes(common.json()).check();
    List<SweepRun> runs = new ArrayList<>();
    Optional<TextUnit> unit = unit(recipes.getFirst());
    for (int i = 0; i < recipes.size(); i++) {
      SweepTraining training = new SweepTraining(recipes.get(i), dataOptions.directory(), ship);
      SweepRun run = training.run(combinations.get(i));
      runs.add(run);
      console.line("%d/%d %s", i + 1, recipes.size(), SweepTable.line(run, unit));
    }
    console.line("");
    boolean disturbed = recipes.stream().anyMatch(r -> r.training().disturbance().isPresent());
    console.block(SweepTable.of(runs, unit, disturbed));
    SweepMeans.of(runs)
        .ifPresent(means -> {
          console.line("");
          console.block(means);
        });
    String data = recipes.getFirst().data().test();
    common
        .json()
        .ifPresent(json ->
            console.write(
                json, new SweepReport(Origins.now(), recipeOptions.file().toString(), data, runs)));
    return ExitCode.DONE;
  }

  /** What the test data's tokens are, when they are a text. */
  private Optional<TextUnit> unit(Recipe recipe) {
    return RecipeData.open(recipe, dataOptions.directory()).test().textUnit();
  }

  private Recipe recipe(List<SweepRun.Setting> settings) {
    return recipeOptions.read(settings.stream().map(s -> s.key() + "=" + s.value()).toList());
  }
}
