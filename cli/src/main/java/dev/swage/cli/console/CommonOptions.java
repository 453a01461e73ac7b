package dev.swage.cli.console;

import java.nio.file.Path;
import java.util.Optional;
import picocli.CommandLine.Option;

/** Options every command takes. */
public final class CommonOptions {
  @Option(
      names = "--json",
      paramLabel = "FILE",
      description = "Write the result as JSON (schemas: docs/json.md); - is standard output.")
  private Optional<Path> json = Optional.empty();

  @Option(names = "--quiet", description = "Print errors only.")
  private boolean quiet;

  @Option(names = "--verbose", description = "Show the stack trace of an error.")
  private boolean verbose;

  public Optional<Path> json() {
    return json;
  }

  boolean quiet() {
    return quiet;
  }

  boolean verbose() {
    return verbose;
  }
}
