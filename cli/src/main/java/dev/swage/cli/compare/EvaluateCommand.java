package dev.swage.cli.compare;

import dev.swage.cli.console.Commands;
import dev.swage.cli.console.CommonOptions;
import dev.swage.cli.console.Console;
import dev.swage.cli.console.ModelFiles;
import dev.swage.cli.console.Origins;
import dev.swage.cli.console.Outputs;
import dev.swage.cli.console.Tables;
import dev.swage.cli.console.UsageException;
import dev.swage.cli.data.CustomOperatorOptions;
import dev.swage.cli.data.LimitOptions;
import dev.swage.cli.data.RandomIntegers;
import dev.swage.cli.data.RequiredData;
import dev.swage.data.DataSource;
import dev.swage.report.EvaluateReport;
import dev.swage.report.EvaluateReport.ClassResult;
import dev.swage.report.ModelResult;
import dev.swage.run.ModelFile;
import dev.swage.run.score.Evaluation;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Accuracy or loss, latency and size of a model on data. */
@Command(
    name = "evaluate",
    description = "Accuracy or loss, latency and size of a model in ONNX Runtime.",
    mixinStandardHelpOptions = true)
public final class EvaluateCommand implements Callable<Integer> {
  @Spec private CommandSpec spec = CommandSpec.create();
  @Mixin private CommonOptions common = new CommonOptions();
  @Mixin private RequiredData samples = new RequiredData();
  @Mixin private RunOptions runOptions = new RunOptions();
  @Mixin private CustomOperatorOptions customOperators = new CustomOperatorOptions();
  @Mixin private LimitOptions limits = new LimitOptions();

  @Parameters(paramLabel = "MODEL.onnx", description = "The model to run.")
  private Path model = Path.of("");

  @Option(
      names = "--min-accuracy",
      paramLabel = "X",
      description = "Exit with 3 when the accuracy is below X, a fraction in [0, 1].")
  private Optional<Double> minAccuracy = Optional.empty();

  @Option(
      names = "--max-latency",
      paramLabel = "MS",
      description = "Exit with 3 when the median latency is above MS milliseconds.")
  private Optional<Double> maxLatency = Optional.empty();

  @Option(
      names = "--predictions",
      paramLabel = "FILE.csv",
      description = {
        "Write what the model says of each sample: its row, class and probabilities, or its",
        "values. The data needs no labels."
      })
  private Optional<Path> predictions = Optional.empty();

  @Override
  public Integer call() {
    Console console = Commands.console(spec, common);
    samples
        .readBy(new Outputs())
        .readsModel(model)
        .reads(customOperators.libraries())
        .writes(common.json())
        .writes(predictions)
        .check();
    customOperators.load();
    limits.set();
    RandomIntegers.warn(model, Optional.of(samples.spec()), console);
    minAccuracy.ifPresent(bound -> Bounds.requireFraction("--min-accuracy", bound));
    maxLatency.ifPresent(bound -> Bounds.requireNumber("--max-latency", bound));
    DataSource data = samples.open(ModelFile.read(model).schema());
    Measurement.Outcome outcome =
        new Measurement(data, runOptions.batch(), runOptions.session())
            .of(List.of(new Measurement.Subject(ModelFiles.name(model), model)))
            .getFirst();
    ModelResult result = outcome.result();
    Bounds bounds = new Bounds();
    minAccuracy.ifPresent(bound -> bounds.atLeast("accuracy", known(result.accuracy()), bound));
    maxLatency.ifPresent(
        bound -> bounds.atMost("median latency in ms", result.latency().p50(), bound));
    console.block(Tables.models(List.of(result)));
    outcome
        .evaluation()
        .ifPresentOrElse(
            evaluation -> describe(evaluation, data, console),
            () ->
                console.line(
                    "timed on a sample of %s, which has no targets to score against%s",
                    data.name(),
                    predictions.isPresent()
                        ? ""
                        : "; --predictions FILE.csv says what it answers"));
    List<ClassResult> classes = outcome.evaluation().map(ClassTable::results).orElse(List.of());
    if (!classes.isEmpty()) {
      console.line("");
      console.block(ClassTable.render(classes));
    }
    predictions.ifPresent(file -> PredictionFile.write(file, model, data, runOptions));
    common
        .json()
        .ifPresent(file ->
            console.write(
                file,
                new EvaluateReport(
                    Origins.now(),
                    result,
                    samples.spec(),
                    outcome.evaluation().map(Evaluation::samples).orElse(data.size()),
                    classes)));
    return bounds.exitCode(console);
  }

  private static void describe(Evaluation evaluation, DataSource data, Console console) {
    console.line("%,d samples of %s", evaluation.samples(), data.name());
    if (evaluation.batchFixedByModel()) {
      console.line(
          "the model fixes its batch size: it ran %d samples at a time", evaluation.batchSize());
    }
  }

  private static double known(OptionalDouble accuracy) {
    return accuracy.orElseThrow(
        () -> new UsageException("--min-accuracy: this data has no classes to tell apart"));
  }
}
