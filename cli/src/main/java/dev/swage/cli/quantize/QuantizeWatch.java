package dev.swage.cli.quantize;

import dev.swage.cli.console.Console;
import dev.swage.cli.console.OutputException;
import dev.swage.cli.console.StopSignals;
import dev.swage.cli.console.Tables;
import dev.swage.compress.QuantizeListeners;
import dev.swage.compress.QuantizeRun;
import dev.swage.compress.search.NodeSensitivity;
import dev.swage.compress.search.SearchControl;
import dev.swage.compress.search.SearchListener;
import dev.swage.compress.search.SearchProgress;
import dev.swage.compress.search.Trial;
import dev.swage.compress.speed.MeasureListener;
import dev.swage.files.AtomicFile;
import dev.swage.files.RunLock;
import dev.swage.files.RunLockedException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collections;
import java.util.Optional;

/**
 * Shows a quantization as it goes, and keeps what its search measured beside the output until it is
 * done, also when Ctrl-C ends it. Two searches for one output at once are refused.
 */
final class QuantizeWatch implements MeasureListener, SearchListener, AutoCloseable {
  private static final double LINE_EVERY_SECONDS = 5;

  private final Console console;
  private final CalibrationProgress calibration;
  private final StopSignals signals;
  private final Optional<RunLock> lock;
  private final Optional<Path> state;
  private double lastLine = Double.NEGATIVE_INFINITY;

  /**
   * Begins to watch.
   *
   * @param output beside which measurements are kept; empty to keep none
   * @param searches whether there is a search
   */
  QuantizeWatch(Console console, Optional<Path> output, boolean searches) {
    this.console = console;
    this.calibration = new CalibrationProgress(console);
    this.state = output.map(QuantizeWatch::state);
    this.lock = searches && output.isPresent() ? Optional.of(lock(output.get())) : Optional.empty();
    this.signals = StopSignals.ending(() -> state().map(QuantizeWatch::stopped), console);
  }

  private static RunLock lock(Path output) {
    Path file = state(output).toAbsolutePath();
    try {
      return RunLock.take(file.resolveSibling(""), String.valueOf(file.getFileName()));
    } catch (RunLockedException e) {
      throw new OutputException(
          "%s: another search keeps its measurements there (%s); wait for it, or choose another output"
              .formatted(state(output), e.getMessage()),
          e);
    } catch (IOException e) {
      throw new OutputException(
          "%s: cannot be written: %s".formatted(state(output), AtomicFile.reason(e)), e);
    }
  }

  private static String stopped(Path state) {
    return "stopped; the same command goes on from " + state;
  }

  /** The file that keeps what a search for this output measured. */
  static Path state(Path output) {
    return output.resolveSibling(output.getFileName() + ".search.json");
  }

  QuantizeRun run() {
    return new QuantizeRun(
        new QuantizeListeners(calibration, this, this), new SearchControl(), state);
  }

  @Override
  public void measuring(String what, int step, int steps) {
    console.line("timing %s (%d of at most %d)", what, step, steps);
  }

  @Override
  public void measured(NodeSensitivity sensitivity, SearchProgress progress) {
    if (isDue()) {
      console.line(
          "%s: %d of %d nodes%s",
          progress.phase().label(), progress.done(), progress.total(), left(progress));
    }
  }

  @Override
  public void evaluated(Trial trial, SearchProgress progress) {
    console.line(
        "%s: %d of at most %d models; %s: %s dB%s%s",
        progress.phase().label(),
        progress.done(),
        progress.total(),
        moved(trial),
        Tables.decibels(trial.score().leastSqnrDb()),
        trial.score().accuracyDrop().isPresent()
            ? ", accuracy %+.3f points".formatted(-100 * trial.score().accuracyDrop().getAsDouble())
            : "",
        left(progress));
  }

  /** How many nodes go another way than at first. */
  private static String moved(Trial trial) {
    int kept = Collections.frequency(trial.ways().values(), "keep");
    int other = trial.ways().size() - kept;
    return other == 0
        ? "%d nodes kept".formatted(kept)
        : "%d nodes kept, %d another way".formatted(kept, other);
  }

  private static String left(SearchProgress progress) {
    return progress.secondsLeft().isPresent()
        ? ", some %.0f s left".formatted(progress.secondsLeft().getAsDouble())
        : "";
  }

  private boolean isDue() {
    double now = System.nanoTime() / 1e9;
    if (now - lastLine < LINE_EVERY_SECONDS) {
      return false;
    }
    lastLine = now;
    return true;
  }

  /** What the search keeps, while it does. */
  Optional<Path> state() {
    return state.filter(Files::exists);
  }

  /** The search came to its end: nothing has to be taken up again. */
  void forget() {
    state.ifPresent(path -> {
      try {
        Files.deleteIfExists(path);
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    });
  }

  @Override
  public void close() {
    signals.close();
    lock.ifPresent(QuantizeWatch::free);
    calibration.close();
  }

  private static void free(RunLock lock) {
    try {
      lock.close();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
