package dev.swage.cli.compare;

import dev.swage.cli.console.Counts;
import dev.swage.run.SessionOptions;
import picocli.CommandLine.Option;

/** How models are run and fed. */
final class RunOptions {
  @Option(
      names = "--batch",
      paramLabel = "N",
      defaultValue = "64",
      description = "Samples run at once for accuracy (default: ${DEFAULT-VALUE}).")
  private int batch;

  @Option(
      names = "--fold-weights",
      description = {
        "Dequantize weights once, at load, instead of at every run: float32's speed and memory from"
            + " a small file. For weight-only models."
      })
  private boolean foldWeights;

  int batch() {
    return Counts.atLeastOne("--batch", batch);
  }

  SessionOptions session() {
    return SessionOptions.defaults().withWeightsFolded(foldWeights);
  }
}
