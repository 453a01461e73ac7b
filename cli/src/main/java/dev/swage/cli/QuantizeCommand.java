package dev.swage.cli;

import dev.swage.compress.Conversion;
import dev.swage.compress.StaticConversion;
import dev.swage.compress.StaticOptions;
import dev.swage.compress.StaticQuantization;
import dev.swage.compress.WeightOnly;
import dev.swage.compress.WeightOptions;
import dev.swage.data.DataSource;
import dev.swage.report.JsonReports;
import dev.swage.report.QuantizeReport;
import dev.swage.report.QuantizeReport.WeightDecision;
import dev.swage.report.TextTable;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Narrows a model's weights and proves the file it writes. */
@Command(
    name = "quantize",
    description = {
      "Narrows a model's weights to 2…8 bits (weight-only), or weights and activations to 8 bits",
      "(static), writes the file, and proves it: every code is read back, and ONNX Runtime's",
      "outputs are checked."
    },
    mixinStandardHelpOptions = true)
final class QuantizeCommand implements Callable<Integer> {
  @Spec private CommandSpec spec = CommandSpec.create();
  @Mixin private CommonOptions common = new CommonOptions();
  @Mixin private WeightSettings settings = new WeightSettings();
  @Mixin private StaticSettings staticSettings = new StaticSettings();

  /** What is quantized. */
  enum Mode {
    WEIGHT_ONLY,
    STATIC
  }

  @Option(
      names = "--mode",
      paramLabel = "MODE",
      defaultValue = "weight-only",
      converter = ModeWord.class,
      description = {
        "weight-only, or static: activations too, with ranges from --calibrate DATA",
        "(default: ${DEFAULT-VALUE})."
      })
  private Mode mode = Mode.WEIGHT_ONLY;

  @Parameters(paramLabel = "MODEL.onnx", description = "The float model; never changed.")
  private Path input = Path.of("");

  @Option(
      names = {"-o", "--output"},
      required = true,
      paramLabel = "OUT.onnx",
      description = "The file to write.")
  private Path output = Path.of("");

  @Option(
      names = "--no-prepare",
      description = {
        "Take the graph as it is: fold no normalizations and constants, remove nothing.",
        "The operator set is still raised as far as the codes need."
      })
  private boolean asIs;

  @Override
  public Integer call() {
    Console console = Commands.console(spec, common);
    requireDifferent(input, output);
    return mode == Mode.STATIC ? quantizeAll(console) : quantizeWeights(console);
  }

  private int quantizeAll(Console console) {
    if (asIs) {
      throw new UsageException("--no-prepare is for --mode weight-only");
    }
    StaticOptions options = staticSettings.options(settings);
    DataSource data = staticSettings.source();
    StaticConversion done;
    try (CalibrationProgress progress = new CalibrationProgress(console)) {
      done =
          StaticQuantization.of(options)
              .reporting(progress)
              .convert(input, output, data, staticSettings.calibration());
    }
    Preparations.line(done.prepared(), done.agreement())
        .ifPresent(line -> console.line("%s", line));
    console.block(StaticReports.table(done));
    console.line("");
    StaticReports.lines(input, output, done).forEach(line -> console.line("%s", line));
    common
        .json()
        .ifPresent(file ->
            JsonReports.write(file, StaticReports.of(input, output, staticSettings.spec(), done)));
    if (!done.written()) {
      console.warning(
          "%s: not written: it is no faster than %s here (%.2f×); --objective size writes it all the same"
              .formatted(output, input, done.proof().latency().ratio()));
      return ExitCode.BOUND_MISSED;
    }
    return ExitCode.DONE;
  }

  private int quantizeWeights(Console console) {
    WeightOptions options = settings.options();
    if (staticSettings.isAnyGiven()) {
      throw new UsageException(
          "--calibrate, --samples, --calibration and --objective are for --mode static");
    }
    WeightOnly recipe = WeightOnly.of(options);
    Conversion conversion = (asIs ? recipe.unprepared() : recipe).convert(input, output);
    Preparations.line(conversion.quantized().prepared(), conversion.agreement())
        .ifPresent(line -> console.line("%s", line));
    QuantizeReport report =
        new QuantizeReport(
            Origins.now(),
            input.toString(),
            output.toString(),
            conversion.bytesBefore(),
            conversion.bytesAfter(),
            Preparations.steps(conversion.quantized().prepared()),
            Preparations.difference(conversion),
            Decisions.of(conversion.quantized()));
    console.block(table(report.weights()));
    console.line("");
    console.line(
        "%s: %,d bytes, %.3f× of %s; %d tensors of codes and scales read back bit for bit, outputs"
            + " checked in ONNX Runtime on %d inputs",
        output,
        conversion.bytesAfter(),
        conversion.sizeRatio(),
        input,
        conversion.verification().tensors(),
        conversion.verification().runs());
    common.json().ifPresent(file -> JsonReports.write(file, report));
    return ExitCode.DONE;
  }

  private static void requireDifferent(Path input, Path output) {
    try {
      if (Files.exists(input) && Files.exists(output) && Files.isSameFile(input, output)) {
        throw new UsageException(
            output + ": is the input; quantize never overwrites it, choose another output");
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static String table(List<WeightDecision> weights) {
    TextTable table =
        TextTable.of(
            TextTable.text("weight"),
            TextTable.text("decision"),
            TextTable.text("how, or why not"),
            TextTable.number("SQNR dB"),
            TextTable.number("bytes before"),
            TextTable.number("after"));
    for (WeightDecision weight : weights) {
      boolean kept = weight.decision() == QuantizeReport.Decision.KEEP;
      table.row(
          weight.name(),
          kept ? "keep" : weight.bits().orElseThrow() + " bits",
          kept ? weight.reason() : weight.granularity(),
          kept ? "" : Tables.decibels(weight.sqnrDb()),
          "%,d".formatted(weight.bytesBefore()),
          "%,d".formatted(weight.bytesAfter()));
    }
    return table.render();
  }

  /** Reads {@code weight-only} and {@code static}. */
  static final class ModeWord implements picocli.CommandLine.ITypeConverter<Mode> {
    @Override
    public Mode convert(String word) {
      return switch (word) {
        case "weight-only" -> Mode.WEIGHT_ONLY;
        case "static" -> Mode.STATIC;
        default ->
            throw new picocli.CommandLine.TypeConversionException(
                "expected weight-only or static, got '" + word + "'");
      };
    }
  }
}
