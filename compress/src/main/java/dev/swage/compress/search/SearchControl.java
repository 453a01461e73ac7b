package dev.swage.compress.search;

/** Lets another thread end a search early: a signal handler, a time limit. Thread-safe. */
public final class SearchControl {
  private volatile boolean stopRequested;

  /** A control nobody has used yet. */
  public SearchControl() {}

  /**
   * Asks the search to end after the measurement it is at. It returns the best so far; what was
   * measured is in its state file, if it has one.
   */
  public void stop() {
    stopRequested = true;
  }

  public boolean stopRequested() {
    return stopRequested;
  }
}
