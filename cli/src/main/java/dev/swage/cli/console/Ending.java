package dev.swage.cli.console;

import dev.swage.files.Unfinished;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * Ends the process at once, whatever it is at: native code that runs a model, or reads one, waits
 * for nobody. What is unfinished is removed first. No other thread says or ends anything after it
 * has begun.
 */
public final class Ending {
  private static final AtomicBoolean BEGUN = new AtomicBoolean();

  private Ending() {}

  /** Does not return, except to threads that come second. */
  static void now(int code, Optional<String> lastWord, Console console) {
    if (BEGUN.getAndSet(true)) {
      return;
    }
    Unfinished.removeForEnd();
    lastWord.ifPresent(console::warning);
    // Not exit: it would wait for libraries to put themselves in order, which may abort.
    Runtime.getRuntime().halt(code);
  }

  /** Waits for the end of the process, if it has begun. */
  public static void await() {
    while (BEGUN.get()) {
      try {
        Thread.sleep(Long.MAX_VALUE);
      } catch (InterruptedException e) {
        // The process ends in a moment.
      }
    }
  }
}
