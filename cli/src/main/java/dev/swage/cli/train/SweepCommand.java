package dev.swage.cli.train;

import dev.swage.cli.console.Commands;
import dev.swage.cli.console.CommonOptions;
import dev.swage.cli.console.Console;
import dev.swage.cli.console.ExitCode;
import dev.swage.cli.console.Failures;
import dev.swage.cli.console.Origins;
import dev.swage.cli.console.Outputs;
import dev.swage.cli.console.TextFigures;
import dev.swage.cli.data.DataOptions;
import dev.swage.cli.recipe.Recipe;
import dev.swage.clip.ClipHistory;
import dev.swage.data.DataSource;
import dev.swage.data.TextUnit;
import dev.swage.report.SweepReport;
import dev.swage.report.SweepRun;
import dev.swage.report.TextTable;
import dev.swage.train.EpochRecord;
import dev.swage.train.Score;
import dev.swage.train.Trainer;
import dev.swage.train.TrainingException;
import dev.swage.train.TrainingListener;
import dev.swage.train.TrainingRun;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import java.util.concurrent.Callable;
import java.util.stream.DoubleStream;
import org.jspecify.annotations.Nullable;
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
      "A run that fails, as by NaN, is a row like the others. Nothing is shipped."
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

  /** What the test data's tokens are, when they are a text. */
  private Optional<TextUnit> unit = Optional.empty();

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
    for (int i = 0; i < recipes.size(); i++) {
      SweepRun run = train(recipes.get(i), combinations.get(i));
      runs.add(run);
      console.line("%d/%d %s", i + 1, recipes.size(), line(run));
    }
    console.line("");
    boolean disturbed = recipes.stream().anyMatch(r -> r.training().disturbance().isPresent());
    console.block(table(runs, disturbed));
    String data = recipes.getFirst().data().test();
    common
        .json()
        .ifPresent(json ->
            console.write(
                json, new SweepReport(Origins.now(), recipeOptions.file().toString(), data, runs)));
    return ExitCode.DONE;
  }

  private Recipe recipe(List<SweepRun.Setting> settings) {
    return recipeOptions.read(settings.stream().map(s -> s.key() + "=" + s.value()).toList());
  }

  private SweepRun train(Recipe recipe, List<SweepRun.Setting> settings) {
    RecipeData data = RecipeData.open(recipe, dataOptions.directory());
    DataSource test = data.test();
    unit = test.textUnit();
    Watch watch = new Watch();
    Trainer trainer = Trainers.of(recipe, data.validation()).listener(watch);
    long start = System.nanoTime();
    String failure = "";
    @Nullable Score score = null;
    double seconds;
    try {
      TrainingRun run = trainer.fit(data.train());
      seconds = (System.nanoTime() - start) * 1e-9;
      score = run.evaluate(test);
    } catch (TrainingException e) {
      seconds = (System.nanoTime() - start) * 1e-9;
      failure = Failures.describe(e);
    }
    return new SweepRun(
        settings,
        failure,
        watch.epochs,
        score == null ? OptionalDouble.empty() : OptionalDouble.of(score.loss()),
        score == null ? OptionalDouble.empty() : score.accuracy(),
        recipe
            .training()
            .disturbance()
            .map(d -> Recovery.after(watch.losses(), Math.toIntExact(d.step())))
            .orElse(OptionalInt.empty()),
        RunReports.summary(watch.clip.summary()),
        seconds);
  }

  /** What is known of a run even when it fails. */
  private static final class Watch implements TrainingListener {
    private final ClipHistory clip = new ClipHistory();
    private final DoubleStream.Builder losses = DoubleStream.builder();
    private long epochs;

    double[] losses() {
      return losses.build().toArray();
    }

    @Override
    public void step(dev.swage.train.StepRecord step) {
      clip.add(step.clip(), step.skipped());
      losses.add(step.loss());
    }

    @Override
    public void epoch(EpochRecord epoch) {
      epochs = epoch.epoch();
    }
  }

  private String line(SweepRun run) {
    return "%s: %s, %.1f s".formatted(settings(run), outcome(run), run.seconds());
  }

  private static String settings(SweepRun run) {
    return String.join(", ", run.settings().stream().map(s -> s.key() + "=" + s.value()).toList());
  }

  private String outcome(SweepRun run) {
    if (!run.failure().isEmpty()) {
      return "failed at step " + run.clip().steps();
    }
    double value = run.loss().orElse(Double.NaN);
    String loss = "loss %.4f".formatted(value);
    if (unit.isPresent()) {
      Score score = new Score(value, OptionalDouble.empty(), 0);
      return "%s, %s".formatted(loss, TextFigures.describe(unit.get(), score));
    }
    return run.accuracy().isPresent()
        ? "%.2f %%, %s".formatted(100 * run.accuracy().getAsDouble(), loss)
        : loss;
  }

  private String table(List<SweepRun> runs, boolean disturbed) {
    List<TextTable.Column> columns = new ArrayList<>();
    for (SweepRun.Setting setting : runs.getFirst().settings()) {
      columns.add(TextTable.text(setting.key()));
    }
    for (String number : List.of("steps", "epochs")) {
      columns.add(TextTable.number(number));
    }
    columns.add(TextTable.text("test"));
    for (String number : List.of("clipped", "median norm", "largest", "s")) {
      columns.add(TextTable.number(number));
    }
    if (disturbed) {
      columns.add(TextTable.number("recovers in"));
    }
    TextTable table = TextTable.of(columns.toArray(TextTable.Column[]::new));
    for (SweepRun run : runs) {
      List<String> cells = new ArrayList<>();
      run.settings().forEach(setting -> cells.add(setting.value()));
      cells.add("%,d".formatted(run.clip().steps()));
      cells.add(Long.toString(run.epochs()));
      cells.add(outcome(run));
      cells.add("%.1f %%".formatted(100 * run.clip().clippedShare()));
      cells.add("%.3g".formatted(run.clip().normQuartiles().get(2)));
      cells.add("%.3g".formatted(run.clip().normQuartiles().get(4)));
      cells.add("%.1f".formatted(run.seconds()));
      if (disturbed) {
        cells.add(run.recovery().isPresent() ? run.recovery().getAsInt() + " steps" : "never");
      }
      table.row(cells.toArray(String[]::new));
    }
    return table.render();
  }
}
