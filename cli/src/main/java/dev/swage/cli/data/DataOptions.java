package dev.swage.cli.data;

import dev.swage.data.DataSchema;
import dev.swage.data.DataSource;
import java.nio.file.Path;
import java.util.Optional;
import picocli.CommandLine.Option;

/** Where relative data paths start. */
public final class DataOptions {
  @Option(
      names = "--data-dir",
      paramLabel = "DIR",
      description = "Folder that relative data paths start from (default: $SWAGE_DATA, else here).")
  private Optional<Path> dataDir = Optional.empty();

  public Path directory() {
    return dataDir.orElseGet(
        () -> Path.of(Optional.ofNullable(System.getenv("SWAGE_DATA")).orElse("")));
  }

  /** Opens data for a model: by its classes and columns. */
  public DataSource open(String spec, DataSchema model) {
    return DataSource.open(spec, directory(), model);
  }
}
