package dev.swage.bench;

import dev.swage.compress.WeightOnly;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;

/**
 * Weight-only int8 of a 2 GiB model from file to file, in the page cache, against copying it. Swage
 * syncs what it writes and {@code cp} does not, so a copy that is synced runs beside.
 */
final class QuantizeFileBenchmark implements Benchmark {
  @Override
  public String name() {
    return "quantize-file";
  }

  @Override
  public String description() {
    return "weight-only int8 of a 2 GiB file from end to end, against cp of it";
  }

  @Override
  public Outcome run() {
    try {
      Path folder = Files.createTempDirectory("swage-bench-");
      Path source = folder.resolve("model.onnx");
      Path small = folder.resolve("int8.onnx");
      Path copy = folder.resolve("copy.onnx");
      try {
        LargeModel.ofTwoGibibytes().write(source);
        return outcome(source, small, copy);
      } finally {
        for (Path model : List.of(source, small, copy)) {
          LargeModel.delete(model);
        }
        Files.delete(folder);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private Outcome outcome(Path source, Path small, Path copy) throws IOException {
    WeightOnly.int8().withRunLimit(0).convert(source, small); // reads its codes back
    Runnable prepare =
        () -> {
          try {
            System.gc(); // Codes of the round before are mapped until nobody reaches them.
            LargeModel.delete(small);
            LargeModel.delete(copy);
            run("sync"); // What was begun to be written of the round before keeps the disk busy.
            LargeModel.warm(source);
          } catch (IOException e) {
            throw new UncheckedIOException(e);
          }
        };
    WeightOnly int8 = WeightOnly.int8().withoutVerification();
    Contender swage =
        Contender.timed(
            "Swage: WeightOnly.convert, synced", prepare, () -> int8.convert(source, small));
    PairedBenchmark.Measured measured =
        new PairedBenchmark(2, 7)
            .run(List.of(swage, Contender.timed("cp", prepare, () -> copy(source, copy, false))));
    // Apart: the disk still works off a synced copy while the next side runs.
    PairedBenchmark.Measured synced =
        new PairedBenchmark(0, 5)
            .run(
                List.of(
                    swage, Contender.timed("cp, synced", prepare, () -> copy(source, copy, true))));
    double bytes = Files.size(source) + Files.size(LargeModel.dataOf(source));
    return new Outcome(
        name(),
        List.of(
            "%,.0f bytes of float32 weights in a data file, in the page cache".formatted(bytes),
            "no proof (--no-verify); before the rounds, codes read back bit for bit",
            "quantizes %.2f GB/s of model, end to end"
                .formatted(bytes / measured.side(0).millis().median() / 1e6)),
        List.of(Outcome.Pair.of(measured, 0, 1), Outcome.Pair.of(synced, 0, 1)),
        List.of(),
        List.of(Claim.atMost("time over that of cp", 1 / measured.speedup(0, 1).median(), 1.2)));
  }

  private static void copy(Path source, Path target, boolean sync) {
    try {
      copyFile(source, target, sync);
      copyFile(
          LargeModel.dataOf(source), target.resolveSibling(target.getFileName() + ".data"), sync);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static void copyFile(Path source, Path target, boolean sync) throws IOException {
    run("cp", "--reflink=never", source.toString(), target.toString());
    if (sync) {
      try (FileChannel channel = FileChannel.open(target, StandardOpenOption.WRITE)) {
        channel.force(true);
      }
    }
  }

  private static void run(String... command) throws IOException {
    try {
      if (new ProcessBuilder(command).inheritIO().start().waitFor() != 0) {
        throw new IllegalStateException(command[0] + " failed");
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(e);
    }
  }
}
