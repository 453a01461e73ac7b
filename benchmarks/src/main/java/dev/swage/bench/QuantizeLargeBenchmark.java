package dev.swage.bench;

import dev.swage.compress.Conversion;
import dev.swage.compress.WeightOnly;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * The memory of quantizing a model of 8 GiB, with a weight of 3 GiB: the largest resident memory
 * without mapped files ({@code RssAnon}) of processes that quantize it to int8 and int4. Linux
 * only.
 */
final class QuantizeLargeBenchmark implements Benchmark {
  private static final double MOST_MEBIBYTES = 1024;

  @Override
  public String name() {
    return "quantize-large";
  }

  @Override
  public String description() {
    return "memory and time of quantizing 8 GiB of weights to int8 and int4 (32 GB of disk)";
  }

  @Override
  public Outcome run() {
    try {
      Path folder = Files.createTempDirectory("swage-bench-");
      Path source = folder.resolve("model.onnx");
      try {
        LargeModel.ofEightGibibytes().write(source);
        return outcome(source, folder);
      } finally {
        LargeModel.delete(source);
        Files.delete(folder);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private Outcome outcome(Path source, Path folder) throws IOException {
    List<String> setup = new ArrayList<>();
    List<Claim> claims = new ArrayList<>();
    List<Double> peaks = new ArrayList<>();
    double bytes = Files.size(LargeModel.dataOf(source));
    for (String width : List.of("int8", "int4")) {
      Path target = folder.resolve(width + ".onnx");
      Measured measured = measure(source, target, width);
      peaks.add(measured.mebibytes());
      setup.add(
          "%s: %.1f s, %.2f GB/s of floats, codes read back; RssAnon at most %.0f MiB"
              .formatted(
                  width,
                  measured.seconds(),
                  bytes / measured.seconds() / 1e9,
                  measured.mebibytes()));
      claims.add(
          Claim.atMost("RssAnon of " + width + ", MiB", measured.mebibytes(), MOST_MEBIBYTES));
    }
    setup.addFirst("%,.0f bytes of float32 weights, the largest 3 GiB".formatted(bytes));
    return new Outcome(
        name(), setup, List.of(), List.of(new Outcome.Trace("peak RssAnon MiB", peaks)), claims);
  }

  private record Measured(double seconds, double mebibytes) {}

  private static Measured measure(Path source, Path target, String width) throws IOException {
    Process process =
        UserProcess.of(Child.class, source.toString(), target.toString(), width).start();
    double peak = 0;
    Path status = Path.of("/proc", Long.toString(process.pid()), "status");
    while (process.isAlive()) {
      peak = Math.max(peak, anonymousKibibytes(status));
      sleep();
    }
    String output =
        new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8).strip();
    LargeModel.delete(target);
    if (process.exitValue() != 0) {
      throw new IllegalStateException("the process for " + width + " failed");
    }
    return new Measured(Double.parseDouble(output), peak / 1024);
  }

  private static double anonymousKibibytes(Path status) {
    try {
      return Files.readAllLines(status).stream()
          .filter(line -> line.startsWith("RssAnon:"))
          .mapToDouble(line -> Double.parseDouble(line.replaceAll("[^0-9]", "")))
          .findFirst()
          .orElse(0);
    } catch (IOException e) {
      return 0; // The process has just ended.
    }
  }

  private static void sleep() {
    try {
      Thread.sleep(20);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(e);
    }
  }

  /** Quantizes a file and prints how many seconds that took. */
  static final class Child {
    private Child() {}

    public static void main(String[] args) {
      long start = System.nanoTime();
      WeightOnly recipe = args[2].equals("int8") ? WeightOnly.int8() : WeightOnly.int4();
      Conversion done = recipe.convert(Path.of(args[0]), Path.of(args[1]));
      if (done.proof().tensors() == 0) {
        throw new IllegalStateException("nothing was read back");
      }
      System.out.println((System.nanoTime() - start) / 1e9);
    }
  }
}
