package dev.swage.cli.console;

import com.google.errorprone.annotations.FormatMethod;
import dev.swage.report.JsonReports;
import dev.swage.report.Report;
import dev.swage.text.SafeText;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** Where a command's results go for people: standard output, unless {@code --quiet}. */
public final class Console {
  private final PrintWriter out;
  private final PrintWriter err;
  private final boolean quiet;
  private final PrintWriter json;

  public Console(PrintWriter out, PrintWriter err, boolean quiet) {
    this(out, err, quiet, out);
  }

  private Console(PrintWriter out, PrintWriter err, boolean quiet, PrintWriter json) {
    this.out = out;
    this.err = err;
    this.quiet = quiet;
    this.json = json;
  }

  /** The same with everything for people on standard error: standard output is for JSON alone. */
  Console withJsonAlone() {
    return new Console(err, err, quiet, json);
  }

  /** Writes a result as JSON to a file, or to standard output where the path says so. */
  public void write(Path file, Report report) {
    if (!StandardOutput.isAt(file)) {
      JsonReports.write(file, report);
      return;
    }
    json.print(JsonReports.render(report));
    json.flush();
    if (json.checkError()) {
      throw new OutputException("standard output: cannot be written");
    }
  }

  @FormatMethod
  public void line(String format, @Nullable Object... args) {
    if (!quiet) {
      out.println(String.format(Locale.ROOT, format, safe(args)));
      out.flush();
    }
  }

  /** Texts may hold names from files. */
  private static @Nullable Object[] safe(@Nullable Object... args) {
    return Arrays.stream(args)
        .map(arg ->
            arg instanceof String || arg instanceof Path ? SafeText.line(arg.toString()) : arg)
        .toArray();
  }

  /** Text of several lines. */
  public void block(String text) {
    if (!quiet) {
      out.println(SafeText.block(text.stripTrailing()));
      out.flush();
    }
  }

  /** Something the user should know although the work goes on; standard error, even when quiet. */
  public void warning(String message) {
    err.println("swage: " + SafeText.line(message));
    err.flush();
  }

  public boolean quiet() {
    return quiet;
  }
}
