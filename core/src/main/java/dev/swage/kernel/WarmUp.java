package dev.swage.kernel;

import java.util.concurrent.atomic.AtomicLong;

/**
 * When Vector API kernels take over. Until the JVM has compiled them they are some hundred times
 * slower than scalar code, for seconds: too long for a small model, while for a large one the
 * elements that pass first are nothing.
 */
final class WarmUp {
  private static final long ELEMENTS = 1L << 27;

  private final AtomicLong passed = new AtomicLong();

  /** Counts elements, and tells whether enough have passed. */
  boolean isOver(long elements) {
    return passed.get() >= ELEMENTS || passed.addAndGet(elements) >= ELEMENTS;
  }
}
