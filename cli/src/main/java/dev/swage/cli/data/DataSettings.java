package dev.swage.cli.data;

import dev.swage.cli.console.Counts;
import dev.swage.cli.console.Outputs;
import dev.swage.cli.console.UsageException;
import dev.swage.compress.QuantizeData;
import dev.swage.compress.calibrate.CalibrationFile;
import dev.swage.data.DataSource;
import dev.swage.run.ModelFile;
import java.nio.file.Path;
import java.util.Optional;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** The data a model is quantized with. */
public final class DataSettings {
  @Mixin private DataOptions dataOptions = new DataOptions();

  @Option(
      names = "--calibrate",
      paramLabel = "DATA",
      description = {
        "Data whose activations set the ranges, and on which the result is proven, as in",
        "idx:mnist?limit=256 (docs/data.md)."
      })
  private Optional<String> data = Optional.empty();

  @Option(
      names = "--samples",
      paramLabel = "N",
      description = "The first N samples of the data only.")
  private Optional<Integer> samples = Optional.empty();

  @Option(
      names = "--calibration",
      paramLabel = "FILE",
      description =
          "Ranges from statistics that calibrate -o stored; --calibrate is for the proof then.")
  private Optional<Path> stored = Optional.empty();

  /** Whether data or statistics were given. */
  public boolean isAnyGiven() {
    return data.isPresent() || stored.isPresent() || samples.isPresent();
  }

  /** Statistics to take ranges from. */
  public Optional<Path> stored() {
    return stored;
  }

  /** Whether there are samples to prove the result on. */
  public boolean hasSamples() {
    return data.isPresent();
  }

  /** The data's spec as typed. */
  public Optional<String> given() {
    return data;
  }

  /** Tells what is read. */
  public Outputs readBy(Outputs outputs) {
    return outputs.reads(stored).readsData(data, dataOptions.directory());
  }

  /** What the result is proven on, as typed. */
  public String spec() {
    return data.orElse("seeded random inputs");
  }

  /** The samples, by the classes and columns of the model that is quantized. */
  public Optional<DataSource> source(Path model) {
    samples.ifPresent(count -> Counts.atLeastOne("--samples", count));
    if (samples.isPresent() && data.isEmpty()) {
      throw new UsageException("--samples is for --calibrate DATA");
    }
    Optional<DataSource> all =
        data.map(spec -> dataOptions.open(spec, ModelFile.read(model).schema()));
    return samples.isPresent() ? all.map(source -> source.limit(samples.get())) : all;
  }

  public QuantizeData read(Path model) {
    return new QuantizeData(source(model), stored.map(CalibrationFile::read));
  }
}
