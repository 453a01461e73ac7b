package dev.swage.compress;

import dev.swage.tensor.Tensor;
import java.lang.foreign.ValueLayout;

/** What stored codes are like. */
public final class Codes {
  private Codes() {}

  /** The largest magnitude of int8 codes. */
  public static int largest(Tensor codes) {
    int largest = 0;
    for (byte code : codes.data().toArray(ValueLayout.JAVA_BYTE)) {
      largest = Math.max(largest, Math.abs(code));
    }
    return largest;
  }
}
