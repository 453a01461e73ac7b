package dev.swage.train;

/** Lets another thread end a run early: a signal handler, a button, a time limit. Thread-safe. */
public final class TrainingControl {
  private volatile boolean stopRequested;

  /** A control nobody has used yet. */
  public TrainingControl() {}

  /**
   * Asks the run to end after its current step. It writes a checkpoint, if it writes any, and
   * {@link Trainer#fit} throws {@link TrainingStoppedException}. A run that is past its last step
   * completes.
   */
  public void stop() {
    stopRequested = true;
  }

  public boolean stopRequested() {
    return stopRequested;
  }
}
