package dev.swage.cli.console;

import dev.swage.files.AtomicFile;
import dev.swage.files.FileMemory;
import dev.swage.text.SafeText;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;

/** One line for each failure: our own exceptions already are one, others get what they lack. */
public final class Failures {
  private Failures() {}

  public static String describe(Throwable failure) {
    return SafeText.line(text(failure));
  }

  private static String text(Throwable failure) {
    return FileMemory.explain(failure).orElseGet(() -> inWords(failure));
  }

  private static String inWords(Throwable failure) {
    return switch (failure) {
      case UncheckedIOException e when e.getCause() != null -> text(e.getCause());
      case NoSuchFileException e -> e.getFile() + ": no such file";
      case AccessDeniedException e -> e.getFile() + ": permission denied";
      case FileSystemException e ->
          "%s: %s".formatted(e.getFile(), AtomicFile.reason(e).replaceAll("\\s*\\R\\s*", "; "));
      case IOException e -> e.getClass().getSimpleName() + ": " + message(e);
      case OutOfMemoryError e ->
          "out of memory (" + message(e) + "); give Java more with SWAGE_JAVA_OPTS=-Xmx8g";
      case Throwable e when isOurs(e) -> message(e);
      case Throwable e ->
          "internal error: %s: %s (--verbose shows where; please report it)"
              .formatted(e.getClass().getSimpleName(), message(e));
    };
  }

  /** Swage's own exceptions, and complaints about arguments, carry a line a user can act on. */
  private static boolean isOurs(Throwable e) {
    return e.getClass().getName().startsWith("dev.swage.") || e instanceof IllegalArgumentException;
  }

  private static String message(Throwable e) {
    String message = e.getMessage();
    return message == null ? "no details" : message.replaceAll("\\s*\\R\\s*", "; ");
  }
}
