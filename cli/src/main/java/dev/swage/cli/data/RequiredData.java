package dev.swage.cli.data;

import dev.swage.cli.console.Outputs;
import dev.swage.data.DataSchema;
import dev.swage.data.DataSource;
import java.util.Optional;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** The data a command cannot do without. */
public final class RequiredData {
  @Mixin private DataOptions options = new DataOptions();

  @Option(
      names = "--data",
      required = true,
      paramLabel = "DATA",
      description = "FORMAT:PATH[?key=value&...], as in idx:mnist?split=test (docs/data.md).")
  private String spec = "";

  /** As it was typed. */
  public String spec() {
    return spec;
  }

  /** Tells what is read. */
  public Outputs readBy(Outputs outputs) {
    return outputs.readsData(Optional.of(spec), options.directory());
  }

  /** Opened for a model: by its classes and columns. */
  public DataSource open(DataSchema model) {
    return options.open(spec, model);
  }
}
