package dev.swage.bench;

/**
 * One side of a paired measurement.
 *
 * @param name what runs, as the report shows it
 * @param prepare brings memory into the state a round starts from; not timed
 * @param work runs one round and returns the nanoseconds it took
 */
public record Contender(String name, Runnable prepare, Work work) {
  /** A round that times itself, so that a child process can report its own clock. */
  @FunctionalInterface
  public interface Work {
    /** Runs one round; nanoseconds. */
    long run();
  }

  /** A side timed around a call in this process. */
  public static Contender timed(String name, Runnable prepare, Runnable call) {
    return new Contender(
        name,
        prepare,
        () -> {
          long start = System.nanoTime();
          call.run();
          return System.nanoTime() - start;
        });
  }

  /** A side that needs no preparation. */
  public static Contender timed(String name, Runnable call) {
    return timed(name, () -> {}, call);
  }
}
