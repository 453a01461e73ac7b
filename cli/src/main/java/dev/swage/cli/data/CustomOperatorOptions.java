package dev.swage.cli.data;

import dev.swage.run.CustomOperators;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import picocli.CommandLine.Option;

/** Operators that ONNX Runtime does not have. */
public final class CustomOperatorOptions {
  @Option(
      names = "--custom-ops",
      paramLabel = "LIBRARY",
      description = {
        "A shared library with operators that ONNX Runtime does not have, as its function",
        "RegisterCustomOps registers them; may be given several times."
      })
  private List<Path> libraries = new ArrayList<>();

  public List<Path> libraries() {
    return List.copyOf(libraries);
  }

  /** Before the first model is run. */
  public void load() {
    libraries.forEach(CustomOperators::load);
  }
}
