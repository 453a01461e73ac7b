package dev.swage.cli.compare;

import dev.swage.cli.console.Commands;
import dev.swage.cli.console.CommonOptions;
import dev.swage.cli.console.Console;
import dev.swage.cli.console.Outputs;
import dev.swage.cli.console.Tables;
import dev.swage.cli.console.UsageException;
import dev.swage.cli.data.CustomOperatorOptions;
import dev.swage.cli.data.LimitOptions;
import dev.swage.cli.data.RandomIntegers;
import dev.swage.cli.data.RequiredData;
import dev.swage.data.DataSchema;
import dev.swage.data.DataSource;
import dev.swage.report.CompareReport;
import dev.swage.report.TextTable;
import dev.swage.run.ModelFile;
import dev.swage.run.score.Comparison;
import dev.swage.run.score.ComparisonOptions;
import dev.swage.run.time.PairedRatio;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Holds a candidate against a reference on the same data. */
@Command(
    name = "compare",
    description =
        "Holds a candidate model against a reference on the same data: agreement, accuracy of each,"
            + " signal to noise of outputs and layers, speed and size.",
    mixinStandardHelpOptions = true)
public final class CompareCommand implements Callable<Integer> {
  @Spec private CommandSpec spec = CommandSpec.create();
  @Mixin private CommonOptions common = new CommonOptions();
  @Mixin private RequiredData samples = new RequiredData();
  @Mixin private RunOptions runOptions = new RunOptions();
  @Mixin private CustomOperatorOptions customOperators = new CustomOperatorOptions();
  @Mixin private LimitOptions limits = new LimitOptions();

  @Parameters(index = "0", paramLabel = "A.onnx", description = "The reference.")
  private Path reference = Path.of("");

  @Parameters(index = "1", paramLabel = "B.onnx", description = "The candidate.")
  private Path candidate = Path.of("");

  @Option(
      names = "--max-accuracy-drop",
      paramLabel = "X",
      description = "Exit with 3 when the candidate loses more than X, a fraction in [0, 1].")
  private Optional<Double> maxDrop = Optional.empty();

  @Option(
      names = "--min-sqnr",
      paramLabel = "DB",
      description = {
        "Exit with 3 when the signal to noise ratio of an output, or of a quantity in one, is below",
        "DB decibels."
      })
  private Optional<Double> minSqnr = Optional.empty();

  @Option(
      names = "--min-agreement",
      paramLabel = "X",
      description = {
        "Exit with 3 when fewer than X of the elements of an integer output, or of the classes,",
        "agree, a fraction in [0, 1]."
      })
  private Optional<Double> minAgreement = Optional.empty();

  @Option(
      names = "--max-size-ratio",
      paramLabel = "X",
      description = "Exit with 3 when the candidate is larger than X times the reference.")
  private Optional<Double> maxSize = Optional.empty();

  @Option(
      names = "--min-speedup",
      paramLabel = "X",
      description =
          "Exit with 3 when the candidate is not X times as fast, by the " + PairedRatio.NAME + ".")
  private Optional<Double> minSpeedup = Optional.empty();

  @Override
  public Integer call() {
    Console console = Commands.console(spec, common);
    samples
        .readBy(new Outputs())
        .readsModel(reference)
        .readsModel(candidate)
        .reads(customOperators.libraries())
        .writes(common.json())
        .check();
    customOperators.load();
    limits.set();
    RandomIntegers.warn(reference, Optional.of(samples.spec()), console);
    maxDrop.ifPresent(bound -> Bounds.requireFraction("--max-accuracy-drop", bound));
    minSqnr.ifPresent(bound -> Bounds.requireNumber("--min-sqnr", bound));
    minAgreement.ifPresent(bound -> Bounds.requireFraction("--min-agreement", bound));
    maxSize.ifPresent(bound -> Bounds.requireNumber("--max-size-ratio", bound));
    minSpeedup.ifPresent(bound -> Bounds.requireNumber("--min-speedup", bound));
    DataSource data = samples.open(schema());
    ComparisonOptions options =
        ComparisonOptions.defaults()
            .withBatchSize(runOptions.batch())
            .withSession(runOptions.session());
    Comparison comparison = Comparison.of(reference, candidate, data, options);
    CompareReport report = CompareReports.of(comparison, samples.spec());
    Bounds bounds = bounds(report);
    console.block(Tables.models(List.of(report.reference(), report.candidate())));
    console.line("");
    OutputResults.lines(comparison.fidelity(), where(report, data))
        .forEach(line -> console.line("%s", line));
    if (comparison.oneAtATime()) {
      console.line(ProofLines.ONE_AT_A_TIME);
    }
    if (report.agreement().isPresent()) {
      console.line("same class for %.2f %%", 100 * report.agreement().getAsDouble());
    }
    if (!report.layers().isEmpty()) {
      console.line("");
      console.block(layers(report.layers()));
    }
    common.json().ifPresent(file -> console.write(file, report));
    return bounds.exitCode(console);
  }

  /** The reference's, or, where that knows nothing of its data, the candidate's. */
  private DataSchema schema() {
    DataSchema known = ModelFile.read(reference).schema();
    DataSchema other = ModelFile.read(candidate).schema();
    List<String> names = other.classNames();
    if (!known.classNames().isEmpty() && !names.isEmpty() && !names.equals(known.classNames())) {
      throw new UsageException(
          "%s tells apart %s, %s tells apart %s: these cannot be compared"
              .formatted(reference, known.classNames(), candidate, names));
    }
    return known.equals(DataSchema.NONE) ? other : known;
  }

  private Bounds bounds(CompareReport report) {
    Bounds bounds = new Bounds();
    maxDrop.ifPresent(bound -> bounds.atMost("accuracy drop", drop(report), bound));
    minSqnr.ifPresent(bound -> bounds.atLeast("output SQNR in dB", sqnr(report), bound));
    minAgreement.ifPresent(bound -> bounds.atLeast("agreement", agreement(report), bound));
    maxSize.ifPresent(bound -> bounds.atMost("size ratio", report.sizeRatio(), bound));
    minSpeedup.ifPresent(bound -> bounds.atLeast("speedup", report.speedup(), bound));
    return bounds;
  }

  private static String where(CompareReport report, DataSource data) {
    return "over %,d samples of %s".formatted(report.samples(), data.name());
  }

  private static double sqnr(CompareReport report) {
    return report
        .sqnrDb()
        .orElseThrow(() ->
            new UsageException(
                "--min-sqnr: no output of floating point varies on these data, nothing can be measured; for integers there is --min-agreement"));
  }

  private static double agreement(CompareReport report) {
    return report
        .leastAgreement()
        .orElseThrow(() ->
            new UsageException(
                "--min-agreement: the outputs are no integers and the targets of this data are no classes"));
  }

  private static double drop(CompareReport report) {
    if (report.reference().accuracy().isEmpty() || report.candidate().accuracy().isEmpty()) {
      throw new UsageException("--max-accuracy-drop: the targets of this data are not classes");
    }
    return report.reference().accuracy().getAsDouble()
        - report.candidate().accuracy().getAsDouble();
  }

  private static String layers(List<CompareReport.Layer> layers) {
    TextTable table =
        TextTable.of(
            TextTable.text("value inside the graph"),
            TextTable.number("SQNR dB"),
            TextTable.number("largest error"));
    for (CompareReport.Layer layer : layers) {
      table.row(
          layer.name(), Tables.decibels(layer.sqnrDb()), "%.3g".formatted(layer.maxAbsError()));
    }
    return table.render();
  }
}
