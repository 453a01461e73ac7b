package dev.swage.cli;

import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * While open, Ctrl-C (SIGINT) and SIGTERM ask the work to stop, if it can; else, and the second
 * time, they end the process at once.
 *
 * <p>Java's supported way, a shutdown hook, cannot tell a second signal; {@code sun.misc.Signal}
 * can, and is found by name since the compiler lets nobody name it in silence.
 */
final class StopSignals implements AutoCloseable {
  private static final List<String> NAMES = List.of("INT", "TERM");

  private final Optional<Stop> stop;
  private final Runnable atEnd;
  private final Console console;
  private final List<Installed> installed = new ArrayList<>();
  private volatile int exitCode;

  /** A signal and who handled it before. */
  private record Installed(Object signal, Object before) {}

  /**
   * How work is ended where it can be.
   *
   * @param ask asks it to
   * @param notice what is said then
   */
  record Stop(Runnable ask, String notice) {}

  /**
   * Begins to listen.
   *
   * @param stop how the work is ended; empty where it cannot be
   * @param atEnd what is done before the process ends at once
   */
  StopSignals(Optional<Stop> stop, Runnable atEnd, Console console) {
    this.stop = stop;
    this.atEnd = atEnd;
    this.console = console;
    for (String name : NAMES) {
      install(name);
    }
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
                      received(ExitCode.SIGNALLED + number);
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

  private void received(int code) {
    if (exitCode != 0 || stop.isEmpty()) {
      atEnd.run();
      System.exit(code);
    }
    exitCode = code;
    stop.get().ask().run();
    console.warning(stop.get().notice());
  }

  /** 128 and the signal's number, as shells say it; 0 when none came. */
  int exitCode() {
    return exitCode;
  }

  @Override
  public void close() {
    for (Installed each : installed) {
      try {
        handle(each.signal(), each.before());
      } catch (ReflectiveOperationException e) {
        console.warning("a signal's handler cannot be put back: " + e.getMessage());
      }
    }
  }
}
