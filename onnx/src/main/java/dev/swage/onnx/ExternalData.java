package dev.swage.onnx;

import java.util.Set;

/**
 * Which weights go to a data file beside the model, named as {@link ModelOutput} says. Weights
 * there begin at multiples of 4096 bytes, so that they can be mapped. Tensors in attributes always
 * stay in the model, and so do weights of less than {@value #LEAST} bytes: ONNX Runtime infers
 * shapes from small tensors and does not look for them in data files.
 */
public sealed interface ExternalData {
  /** Bytes from which on a weight can be external. */
  long LEAST = 1024;

  /** Weights of at least {@code minimumBytes} go out. */
  record Above(long minimumBytes) implements ExternalData {
    public Above {
      if (minimumBytes < LEAST) {
        throw new IllegalArgumentException(
            "minimumBytes must be at least %d, got %d".formatted(LEAST, minimumBytes));
      }
    }
  }

  /**
   * Weights of at least {@value ExternalData#LEAST} bytes go out when the model would otherwise
   * exceed {@code limit} bytes, none when it would not.
   */
  record WhenLarger(long limit) implements ExternalData {
    /** What fits into a file's message with room for its frame. */
    static final long MAX_LIMIT = Integer.MAX_VALUE - 1024L;

    public WhenLarger {
      if (limit < 0 || limit > MAX_LIMIT) {
        throw new IllegalArgumentException(
            "limit must be 0…%d bytes, got %d".formatted(MAX_LIMIT, limit));
      }
    }
  }

  /** The weights of the main graph with these names go out. */
  record Chosen(Set<String> names) implements ExternalData {
    public Chosen {
      names = Set.copyOf(names);
    }
  }

  /** One file up to the 2 GiB an ONNX file can hold. */
  static ExternalData whenNeeded() {
    return new WhenLarger(WhenLarger.MAX_LIMIT);
  }

  static ExternalData above(long minimumBytes) {
    return new Above(minimumBytes);
  }
}
