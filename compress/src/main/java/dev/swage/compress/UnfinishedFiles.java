package dev.swage.compress;

import dev.swage.compress.write.Staging;

/** What quantizations of this process have begun to write, beside their outputs. */
public final class UnfinishedFiles {
  private UnfinishedFiles() {}

  /**
   * Removes them, as the end of the process does. For programs that end while a quantization runs:
   * ONNX Runtime may abort a process that ends while it loads a model, before its shutdown hooks
   * have run.
   */
  public static void remove() {
    Staging.removeAll();
  }
}
