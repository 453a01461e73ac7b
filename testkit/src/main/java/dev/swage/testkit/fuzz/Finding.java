package dev.swage.testkit.fuzz;

import java.util.Arrays;

/**
 * A kind of fault.
 *
 * @param target where it was found
 * @param kind the exception and the method of Swage that it came through; or what was exceeded
 * @param message of the first one
 * @param input the first one
 */
@SuppressWarnings("ArrayRecordComponent")
public record Finding(String target, String kind, String message, byte[] input) {
  private static final String OURS = "dev.swage.";
  private static final String TOOLS = "dev.swage.testkit.";

  static Finding of(String target, Throwable fault, byte[] input) {
    return new Finding(
        target,
        fault.getClass().getSimpleName() + " in " + place(fault),
        String.valueOf(fault.getMessage()),
        input);
  }

  /** Whether an exception is one that refuses an input. */
  static boolean isRefusal(Throwable thrown) {
    return thrown.getClass().getName().startsWith(OURS)
        && !thrown.getClass().getName().startsWith(TOOLS);
  }

  private static String place(Throwable fault) {
    return Arrays.stream(fault.getStackTrace())
        .filter(frame -> frame.getClassName().startsWith(OURS))
        .filter(frame -> !frame.getClassName().startsWith(TOOLS))
        .findFirst()
        .map(frame ->
            frame.getClassName().substring(frame.getClassName().lastIndexOf('.') + 1)
                + "."
                + frame.getMethodName()
                + ":"
                + frame.getLineNumber())
        .orElse("no code of ours");
  }

  @Override
  public String toString() {
    return "%s: %s: %s (%d bytes)".formatted(target, kind, message, input.length);
  }
}
