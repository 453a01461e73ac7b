package dev.swage.cli;

import com.google.errorprone.annotations.FormatMethod;
import java.io.PrintWriter;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** Where a command's results go for people: standard output, unless {@code --quiet}. */
final class Console {
  private final PrintWriter out;
  private final PrintWriter err;
  private final boolean quiet;

  Console(PrintWriter out, PrintWriter err, boolean quiet) {
    this.out = out;
    this.err = err;
    this.quiet = quiet;
  }

  @FormatMethod
  void line(String format, @Nullable Object... args) {
    if (!quiet) {
      out.println(String.format(Locale.ROOT, format, args));
      out.flush();
    }
  }

  /** Text of several lines, printed as it is. */
  void block(String text) {
    if (!quiet) {
      out.println(text.stripTrailing());
      out.flush();
    }
  }

  /** Something the user should know although the work goes on; standard error, even when quiet. */
  void warning(String message) {
    err.println("swage: " + message);
    err.flush();
  }

  boolean quiet() {
    return quiet;
  }
}
