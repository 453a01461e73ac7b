package dev.swage.cli.quantize;

import dev.swage.cli.console.Console;
import dev.swage.compress.calibrate.CalibrationListener;
import me.tongfei.progressbar.ConsoleProgressBarConsumer;
import me.tongfei.progressbar.ProgressBar;
import me.tongfei.progressbar.ProgressBarBuilder;
import org.jspecify.annotations.Nullable;

/** Shows an observation as it goes: a bar on a terminal, elsewhere a plain line now and then. */
final class CalibrationProgress implements CalibrationListener, AutoCloseable {
  private static final int UPDATE_MILLIS = 200;
  private static final double LINE_EVERY_SECONDS = 5;

  private final Console console;
  private final long start = System.nanoTime();
  private @Nullable ProgressBar bar;
  private double lastLine;

  CalibrationProgress(Console console) {
    this.console = console;
  }

  @Override
  public void started(int tensors, int samples, int passes) {
    console.line(
        "observing %,d tensors on %,d samples%s",
        tensors,
        samples,
        passes == 1 ? "" : ", in " + passes + " passes to stay within --calibration-memory");
    java.io.Console terminal = System.console();
    if (terminal != null && terminal.isTerminal() && !console.quiet()) {
      bar =
          new ProgressBarBuilder()
              .setTaskName("observe")
              .setInitialMax((long) samples * passes)
              .setUpdateIntervalMillis(UPDATE_MILLIS)
              .setConsumer(new ConsoleProgressBarConsumer(System.err))
              .clearDisplayOnFinish()
              .build();
    }
  }

  @Override
  public void progressed(long done, long total) {
    if (bar != null) {
      bar.stepTo(done);
      return;
    }
    double seconds = (System.nanoTime() - start) / 1e9;
    if (seconds - lastLine >= LINE_EVERY_SECONDS && done < total) {
      lastLine = seconds;
      console.line(
          "%,d of %,d samples, some %.0f s left", done, total, seconds / done * (total - done));
    }
  }

  @Override
  public void warned(String message) {
    console.warning(message);
  }

  @Override
  public void close() {
    if (bar != null) {
      bar.close();
    }
  }
}
