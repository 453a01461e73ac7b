package dev.swage.cli.quantize;

import dev.swage.cli.console.ByteSize;
import dev.swage.cli.console.Commands;
import dev.swage.cli.console.CommonOptions;
import dev.swage.cli.console.Console;
import dev.swage.cli.console.Counts;
import dev.swage.cli.console.ExitCode;
import dev.swage.cli.console.Outputs;
import dev.swage.cli.console.UsageException;
import dev.swage.cli.data.CustomOperatorOptions;
import dev.swage.cli.data.DataOptions;
import dev.swage.cli.data.LimitOptions;
import dev.swage.cli.data.RandomIntegers;
import dev.swage.compress.calibrate.Calibration;
import dev.swage.compress.calibrate.CalibrationFile;
import dev.swage.compress.calibrate.CalibrationOptions;
import dev.swage.compress.calibrate.Calibrator;
import dev.swage.compress.calibrate.NonFiniteSample;
import dev.swage.compress.calibrate.TensorCalibration;
import dev.swage.compress.plan.ModelHash;
import dev.swage.data.DataSource;
import dev.swage.quant.Granularity;
import dev.swage.quant.QuantScheme;
import dev.swage.run.ModelFile;
import java.nio.file.Path;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Observes a model's activations, stores what was observed, and shows the ranges it leads to. */
@Command(
    name = "calibrate",
    description = {
      "Runs a model on calibration data and observes the ranges of its activations.",
      "The memory it needs does not grow with the number of samples."
    },
    mixinStandardHelpOptions = true)
public final class CalibrateCommand implements Callable<Integer> {
  private static final int BITS = 8;

  @Spec private CommandSpec spec = CommandSpec.create();
  @Mixin private CommonOptions common = new CommonOptions();
  @Mixin private DataOptions dataOptions = new DataOptions();
  @Mixin private CustomOperatorOptions customOperators = new CustomOperatorOptions();
  @Mixin private LimitOptions limits = new LimitOptions();

  @Parameters(paramLabel = "MODEL.onnx", description = "The float model.")
  private Path path = Path.of("");

  @Option(
      names = "--data",
      paramLabel = "DATA",
      description = "FORMAT:PATH[?key=value&...], as in idx:mnist?limit=256 (docs/data.md).")
  private Optional<String> dataSpec = Optional.empty();

  @Option(
      names = "--calibration",
      paramLabel = "FILE",
      description = "Instead of --data: show a file that -o wrote, without running anything.")
  private Optional<Path> stored = Optional.empty();

  @Option(
      names = {"-o", "--output"},
      paramLabel = "FILE",
      description = "Write the statistics as JSON, to be used again (docs/calibration.md).")
  private Optional<Path> output = Optional.empty();

  @Option(names = "--samples", paramLabel = "N", description = "Run the first N samples only.")
  private Optional<Integer> samples = Optional.empty();

  @Option(
      names = "--bins",
      paramLabel = "N",
      defaultValue = "8192",
      description = "Bins of a histogram, a power of two (default: ${DEFAULT-VALUE}).")
  private int bins;

  @Option(
      names = "--batch",
      paramLabel = "N",
      defaultValue = "1",
      description = "Samples run at once (default: ${DEFAULT-VALUE}).")
  private int batch;

  @Option(
      names = "--threads",
      paramLabel = "N",
      description = "Samples run at the same time (default: one for each core).")
  private Optional<Integer> threads = Optional.empty();

  @Option(
      names = "--calibration-memory",
      paramLabel = "SIZE",
      defaultValue = "1GiB",
      converter = ByteSize.class,
      description = {
        "What observed activations may take at a time; beyond it the data is run several",
        "times, each time for some of the tensors (default: ${DEFAULT-VALUE})."
      })
  private long memory;

  @Option(
      names = "--symmetric",
      description = "Show ranges for symmetric int8 codes, not for asymmetric uint8 ones.")
  private boolean symmetric;

  @Override
  public Integer call() {
    Console console = Commands.console(spec, common);
    if (dataSpec.isPresent() == stored.isPresent()) {
      throw new UsageException("one of --data and --calibration is needed, and not both");
    }
    if (stored.isPresent() && samples.isPresent()) {
      throw new UsageException("--samples is for --data DATA");
    }
    new Outputs()
        .readsModel(path)
        .reads(stored)
        .readsData(dataSpec, dataOptions.directory())
        .reads(customOperators.libraries())
        .writes(output)
        .writes(common.json())
        .check();
    customOperators.load();
    limits.set();
    RandomIntegers.warn(path, dataSpec, console);
    ModelFile model = ModelFile.read(path);
    Calibration calibration =
        stored.isPresent() ? read(model, stored.get()) : observe(model, console);
    output.ifPresent(file -> CalibrationFile.write(file, calibration));
    QuantScheme scheme =
        symmetric
            ? QuantScheme.symmetric(BITS, Granularity.perTensor())
            : QuantScheme.asymmetric(BITS, Granularity.perTensor());
    CalibrationTable table = new CalibrationTable(calibration, scheme);
    console.block(table.render());
    console.line("");
    if (stored.isEmpty() && calibration.batchSize() < Math.min(batch, calibration.samples())) {
      console.line(
          "samples at once: %d, not %d: the model takes no other number",
          calibration.batchSize(), batch);
    }
    table.notes().forEach(console::block);
    calibration.tensors().forEach(tensor -> warnOfNonFinite(tensor, console));
    common.json().ifPresent(file -> console.write(file, table.report()));
    return ExitCode.DONE;
  }

  private static Calibration read(ModelFile model, Path file) {
    Calibration calibration = CalibrationFile.read(file);
    calibration.requireModel(model.path(), ModelHash.of(model).digits());
    return calibration;
  }

  private Calibration observe(ModelFile model, Console console) {
    samples.ifPresent(count -> Counts.atLeastOne("--samples", count));
    CalibrationOptions options = options();
    DataSource all = dataOptions.open(dataSpec.orElseThrow(), model.schema());
    DataSource data = samples.isPresent() ? all.limit(samples.get()) : all;
    try (CalibrationProgress progress = new CalibrationProgress(console)) {
      return new Calibrator(options, progress).observe(model, data);
    }
  }

  private CalibrationOptions options() {
    try {
      CalibrationOptions options =
          CalibrationOptions.defaults()
              .withBins(bins)
              .withBatchSize(batch)
              .withMemoryBudget(memory);
      return threads.isPresent() ? options.withThreads(threads.get()) : options;
    } catch (IllegalArgumentException e) {
      throw new UsageException(String.valueOf(e.getMessage()));
    }
  }

  private static void warnOfNonFinite(TensorCalibration tensor, Console console) {
    long count = tensor.statistics().histogram().nonFinite();
    if (count > 0) {
      NonFiniteSample first = tensor.nonFiniteSamples().getFirst();
      console.warning(
          "tensor '%s' held NaN or infinities: %,d elements, first in sample %d (%,d of them)"
              .formatted(tensor.name(), count, first.sample(), first.count()));
    }
  }
}
