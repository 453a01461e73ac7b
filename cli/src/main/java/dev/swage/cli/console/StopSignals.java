package dev.swage.cli.console;

import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;

/**
 * While open, Ctrl-C (SIGINT) and SIGTERM ask the work to stop, if it can; else, and the second
 * time, and where the work has not stopped {@value #GRACE_MILLIS} ms after Ctrl-C, they end the
 * process at once ({@link Ending}). The innermost that is open has the say.
 *
 * <p>Java's supported way, a shutdown hook, cannot tell a second signal; {@code sun.misc.Signal}
 * can, and is found by name since the compiler lets nobody name it in silence.
 */
public final class StopSignals implements AutoCloseable {
  private static final long GRACE_MILLIS = 1500;
  private static final String INTERRUPT = "INT";
  private static final List<String> NAMES = List.of(INTERRUPT, "TERM");

  private final Optional<Stop> stop;
  private final Supplier<Optional<String>> lastWord;
  private final Console console;
  private final List<Installed> installed = new ArrayList<>();
  private volatile int exitCode;
  private volatile boolean closed;

  /** A signal and who handled it before. */
  private record Installed(Object signal, Object before) {}

  /**
   * How work is ended where it can be.
   *
   * @param ask asks it to
   * @param notice what is said then
   * @param atOnce what is said where a second signal ends it
   * @param late called where it has not stopped in time, on a thread of its own: may save what
   *     there is, and gives what is said then
   */
  public record Stop(Runnable ask, String notice, String atOnce, Supplier<String> late) {
    /** Work that has saved what it has. */
    public Stop(Runnable ask, String notice, String atOnce) {
      this(ask, notice, atOnce, () -> atOnce);
    }
  }

  private StopSignals(Optional<Stop> stop, Supplier<Optional<String>> lastWord, Console console) {
    this.stop = stop;
    this.lastWord = lastWord;
    this.console = console;
    for (String name : NAMES) {
      install(name);
    }
  }

  /** Signals ask the work to stop. */
  public static StopSignals asking(Stop stop, Console console) {
    return new StopSignals(Optional.of(stop), () -> Optional.of(stop.atOnce()), console);
  }

  /**
   * Signals end the process at once.
   *
   * @param lastWord what is said then, if anything
   */
  public static StopSignals ending(Supplier<Optional<String>> lastWord, Console console) {
    return new StopSignals(Optional.empty(), lastWord, console);
  }

  private void install(String name) {
    try {
      Object signal =
          Class.forName("sun.misc.Signal").getConstructor(String.class).newInstance(name);
      int number = (int) signal.getClass().getMethod("getNumber").invoke(signal);
      Class<?> type = Class.forName("sun.misc.SignalHandler");
      Object handler =
          Proxy.newProxyInstance(
              type.getClassLoader(),
              new Class<?>[] {type},
              (self, method, arguments) ->
                  switch (method.getName()) {
                    case "equals" ->
                        System.identityHashCode(self) == System.identityHashCode(arguments[0]);
                    case "hashCode" -> System.identityHashCode(self);
                    case "toString" -> "stop";
                    default -> {
                      received(name, ExitCode.SIGNALLED + number);
                      yield null;
                    }
                  });
      installed.add(new Installed(signal, handle(signal, handler)));
    } catch (ReflectiveOperationException e) {
      Throwable cause =
          e instanceof InvocationTargetException && e.getCause() != null ? e.getCause() : e;
      console.warning(
          "SIG%s cannot be caught here (%s): it ends the process at once"
              .formatted(name, cause.getMessage()));
    }
  }

  private static Object handle(Object signal, Object handler) throws ReflectiveOperationException {
    return signal
        .getClass()
        .getMethod("handle", signal.getClass(), Class.forName("sun.misc.SignalHandler"))
        .invoke(null, signal, handler);
  }

  private void received(String name, int code) {
    if (exitCode != 0 || stop.isEmpty()) {
      Ending.now(code, lastWord.get(), console);
      return;
    }
    exitCode = code;
    Stop work = stop.get();
    work.ask().run();
    console.warning(work.notice());
    if (name.equals(INTERRUPT)) {
      Thread.ofPlatform().daemon().name("swage-grace").start(() -> endLater(code, work));
    }
  }

  private void endLater(int code, Stop work) {
    try {
      Thread.sleep(GRACE_MILLIS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    if (closed) {
      return;
    }
    String word = late(work);
    if (!closed) {
      Ending.now(code, Optional.of(word), console);
    }
  }

  private static String late(Stop work) {
    try {
      return work.late().get();
    } catch (RuntimeException | Error e) {
      return Failures.describe(e);
    }
  }

  /** 128 and the signal's number, as shells say it; 0 when none came. */
  public int exitCode() {
    return exitCode;
  }

  @Override
  public void close() {
    closed = true;
    for (Installed each : installed) {
      try {
        handle(each.signal(), each.before());
      } catch (ReflectiveOperationException e) {
        console.warning("a signal's handler cannot be put back: " + e.getMessage());
      }
    }
  }
}
