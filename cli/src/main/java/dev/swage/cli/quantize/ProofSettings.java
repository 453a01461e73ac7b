package dev.swage.cli.quantize;

import dev.swage.cli.console.ByteSize;
import dev.swage.compress.proof.Proof.Depth;
import dev.swage.compress.proof.ProofOptions;
import java.util.Optional;
import picocli.CommandLine.Option;

/** How far a quantized file is proven. */
final class ProofSettings {
  @Option(
      names = "--no-verify",
      description = "Neither read back nor run what was written; the output says so.")
  private boolean unverified;

  @Option(
      names = "--run-limit",
      paramLabel = "SIZE",
      converter = ByteSize.class,
      description = {
        "Larger models are not run for the proof, which takes several times their size in memory;",
        "their codes are read back all the same (default: 2GiB)."
      })
  private Optional<Long> runLimit = Optional.empty();

  /** Whether nothing is to be proven. */
  boolean isOff() {
    return unverified;
  }

  /** How far a file is proven, where this far is wanted. */
  ProofOptions options(Depth wanted) {
    ProofOptions options = ProofOptions.of(unverified ? Depth.NOTHING : wanted);
    return runLimit.map(options::withRunLimit).orElse(options);
  }
}
