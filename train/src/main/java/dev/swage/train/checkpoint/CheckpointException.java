package dev.swage.train.checkpoint;

/** A checkpoint that cannot be read or written: one line that names the file and what is wrong. */
public final class CheckpointException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  public CheckpointException(String message) {
    super(message);
  }

  public CheckpointException(String message, Throwable cause) {
    super(message, cause);
  }
}
