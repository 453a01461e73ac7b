package dev.swage.cli;

import dev.swage.compress.Verification;
import dev.swage.compress.WeightOnly;
import java.util.Locale;
import java.util.Optional;
import picocli.CommandLine.Option;

/** How far the result of weight-only quantization is proven. */
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

  boolean isAnyGiven() {
    return unverified || runLimit.isPresent();
  }

  WeightOnly of(WeightOnly recipe) {
    WeightOnly limited = runLimit.map(recipe::withRunLimit).orElse(recipe);
    return unverified ? limited.withoutVerification() : limited;
  }

  private static String loss(Verification verification) {
    return verification.sourceSqnrDb().isPresent()
        ? ", SQNR %s dB against the source"
            .formatted(Tables.decibels(verification.sourceSqnrDb().getAsDouble()))
        : "";
  }

  /** What was proven, and what was not with its reason. */
  static String describe(Verification verification) {
    if (verification.tensors() == 0 && verification.notRun().isPresent()) {
      return "nothing is proven: " + verification.notRun().get();
    }
    String read =
        String.format(
            Locale.ROOT,
            "%d tensors of codes and scales read back bit for bit",
            verification.tensors());
    return verification
        .notRun()
        .map(reason -> read + "; outputs not checked: " + reason)
        .orElse(
            String.format(
                Locale.ROOT,
                "%s, outputs checked in ONNX Runtime on %d random inputs%s",
                read,
                verification.runs(),
                loss(verification)));
  }
}
