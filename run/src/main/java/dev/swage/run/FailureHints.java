package dev.swage.run;

/** Ways out of what ONNX Runtime complains of. */
final class FailureHints {
  private FailureHints() {}

  /** Whether a message says that memory could not be had. */
  static boolean isOutOfMemory(String message) {
    return message.contains("Failed to allocate memory") || message.contains("bad_alloc");
  }

  /** What to add to a message; empty where nothing is known. */
  static String of(String message) {
    if (message.contains("out of data bounds")) {
      return "; integers of random: data are from low to high, as in random:1x6?low=0&high=59";
    }
    return message.contains("is not a registered function/op") && !message.contains("ai.onnx:")
        ? "; --custom-ops LIBRARY names a shared library with operators that ONNX Runtime lacks"
        : "";
  }
}
