package dev.swage.files;

import java.io.IOException;

/** A lock that another run has. */
public final class RunLockedException extends IOException {
  private static final long serialVersionUID = 1L;

  /** The holder, as in {@code process 4711}. */
  RunLockedException(String holder) {
    super(holder);
  }
}
