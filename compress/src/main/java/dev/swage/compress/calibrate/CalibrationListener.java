package dev.swage.compress.calibrate;

/** Is told how far an observation has come. Called by one thread at a time. */
public interface CalibrationListener {
  /** Does nothing. */
  CalibrationListener NONE = new CalibrationListener() {};

  /**
   * The work is known.
   *
   * @param tensors how many are observed
   * @param samples in the data
   * @param passes how often the data is run, each time for some of the tensors
   */
  default void started(int tensors, int samples, int passes) {}

  /**
   * Samples are done.
   *
   * @param done over all passes so far
   * @param total samples times passes
   */
  default void progressed(long done, long total) {}

  /**
   * Something about the data makes ranges less than they seem.
   *
   * @param message one line
   */
  default void warned(String message) {}
}
