package dev.swage.bench;

import dev.swage.text.EditDistance;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * The {@code ./bench} command. Each benchmark runs in a Java process of its own, so that none
 * inherits another's heap, native memory or compiled code.
 *
 * <p>Exit codes: 0 done, 1 a benchmark failed, 2 wrong usage, 3 a target was missed.
 */
public final class Bench {
  private static final int FAILED = 1;
  private static final int USAGE = 2;
  private static final int MISSED = 3;

  private Bench() {}

  public static void main(String[] args) throws IOException, InterruptedException {
    System.exit(run(List.of(args)));
  }

  private static int run(List<String> args) throws IOException, InterruptedException {
    if (args.contains("--help") || args.contains("-h")) {
      System.out.print(help());
      return 0;
    }
    Arguments arguments;
    try {
      arguments = Arguments.parse(args);
    } catch (IllegalArgumentException e) {
      System.err.println("bench: " + e.getMessage());
      return USAGE;
    }
    String date = OffsetDateTime.now(ZoneOffset.UTC).truncatedTo(ChronoUnit.SECONDS).toString();
    List<Outcome> outcomes = new ArrayList<>();
    int exit = 0;
    for (Benchmark benchmark : arguments.benchmarks()) {
      System.err.println("bench: " + benchmark.name() + " – " + benchmark.description());
      Optional<Outcome> outcome = ChildProcess.run(benchmark);
      if (outcome.isEmpty()) {
        System.err.println("bench: " + benchmark.name() + " failed");
        exit = FAILED;
        continue;
      }
      System.out.println(BenchReport.table(outcome.get()));
      outcomes.add(outcome.get());
    }
    String revision = System.getProperty("swage.bench.revision", "unknown");
    BenchReport report =
        new BenchReport(BenchReport.SCHEMA, date, revision, Machine.here(), outcomes);
    if (arguments.json().isPresent()) {
      Files.writeString(arguments.json().get(), Json.write(report) + "\n");
    }
    boolean met = outcomes.stream().flatMap(o -> o.claims().stream()).allMatch(Claim::met);
    return exit == 0 && !met ? MISSED : exit;
  }

  private static String help() {
    StringBuilder text = new StringBuilder("Usage: ./bench [NAME]... [--json FILE]\n\n");
    text.append("Without a name, every benchmark runs:\n");
    for (Benchmark benchmark : Benchmarks.all()) {
      text.append("  %-18s %s%n".formatted(benchmark.name(), benchmark.description()));
    }
    return text.append("\nExit codes: 0 all targets met, 1 a benchmark failed, 2 wrong usage,")
        .append(" 3 a target was missed.\n")
        .toString();
  }

  /** What the command line asks for. */
  record Arguments(List<Benchmark> benchmarks, Optional<Path> json) {
    static Arguments parse(List<String> args) {
      List<Benchmark> chosen = new ArrayList<>();
      Optional<Path> json = Optional.empty();
      for (int i = 0; i < args.size(); i++) {
        String arg = args.get(i);
        if (arg.equals("--json")) {
          if (i + 1 == args.size()) {
            throw new IllegalArgumentException("--json needs a file");
          }
          json = Optional.of(writable(Path.of(args.get(++i))));
        } else if (arg.startsWith("-")) {
          throw new IllegalArgumentException(
              "unknown option " + arg + "; known: --json FILE, --help");
        } else {
          chosen.add(byName(arg));
        }
      }
      return new Arguments(chosen.isEmpty() ? Benchmarks.all() : List.copyOf(chosen), json);
    }

    /** Fails before the measuring rather than after it. */
    private static Path writable(Path file) {
      Path folder = file.toAbsolutePath().getParent();
      if (Files.isDirectory(file) || folder == null || !Files.isWritable(folder)) {
        throw new IllegalArgumentException("--json: cannot write " + file);
      }
      return file;
    }

    private static Benchmark byName(String name) {
      return Benchmarks.find(name)
          .orElseThrow(() ->
              new IllegalArgumentException(
                  "no benchmark named %s; nearest: %s"
                      .formatted(name, String.join(", ", nearest(name)))));
    }

    private static List<String> nearest(String name) {
      List<String> names = Benchmarks.all().stream().map(Benchmark::name).toList();
      return EditDistance.nearest(name, names, 2);
    }
  }
}
