package dev.swage.bench.fuzz;

import dev.swage.bench.Benchmark;
import dev.swage.bench.Claim;
import dev.swage.bench.Outcome;
import dev.swage.testkit.fuzz.Finding;
import dev.swage.testkit.fuzz.FuzzRun;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/** Files that were changed at random, for as long as asked: {@code SWAGE_FUZZ_INPUTS}. */
public final class FuzzBenchmark implements Benchmark {
  private static final String INPUTS = "SWAGE_FUZZ_INPUTS";
  private static final String SEED = "SWAGE_FUZZ_SEED";
  private static final String KEEP = "SWAGE_FUZZ_KEEP";
  private static final long USUAL_INPUTS = 100_000;

  @Override
  public String name() {
    return "fuzz";
  }

  @Override
  public String description() {
    return "readers of strangers' files ($%s of them, $%s; faults are kept in $%s)"
        .formatted(INPUTS, SEED, KEEP);
  }

  @Override
  public Outcome run() {
    long inputs = number(INPUTS, USUAL_INPUTS);
    long seed = number(SEED, 1);
    List<FuzzRun.Result> results = run((int) Math.min(inputs, Integer.MAX_VALUE), seed);
    List<String> setup = new ArrayList<>();
    setup.add("%,d inputs, seed %d".formatted(inputs, seed));
    int faults = 0;
    for (FuzzRun.Result result : results) {
      setup.add(result.toString());
      for (Finding finding : result.findings()) {
        faults++;
        setup.add(finding.toString());
        keep(finding, faults);
      }
    }
    return new Outcome(
        name(), setup, List.of(), List.of(), List.of(Claim.atMost("kinds of faults", faults, 0)));
  }

  private static List<FuzzRun.Result> run(int inputs, long seed) {
    try {
      Path folder = Files.createTempDirectory("swage-fuzz");
      try {
        return Fuzz.run(inputs, seed, folder);
      } finally {
        delete(folder);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static void delete(Path folder) throws IOException {
    try (Stream<Path> files = Files.list(folder)) {
      for (Path file : files.toList()) {
        Files.delete(file);
      }
    }
    Files.delete(folder);
  }

  private static void keep(Finding finding, int number) {
    String folder = System.getenv(KEEP);
    if (folder != null) {
      try {
        Files.createDirectories(Path.of(folder));
        Files.write(Path.of(folder, "%s-%d".formatted(finding.target(), number)), finding.input());
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
  }

  private static long number(String variable, long fallback) {
    String text = System.getenv(variable);
    return text == null ? fallback : Long.parseLong(text);
  }
}
