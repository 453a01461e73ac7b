package dev.swage.train.torch.lib;

import java.util.Locale;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.bytedeco.javacpp.Loader;
import org.bytedeco.pytorch.Device;
import org.bytedeco.pytorch.global.torch;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Starts libtorch: makes the settings of {@link NativeTuning}, turns off JavaCPP's
 * garbage-collected pointers (every step frees its own), loads the natives once per process and
 * sets the thread count. Whether that worked is a state to ask for, never an error at class
 * loading.
 *
 * <p>Matrix products wait for the slowest of their threads, spinning: on a machine whose cores are
 * busy with other work, one thread can be several times faster than one per core.
 *
 * <p>System properties, read at the first use: {@code swage.tuning=off} leaves the C library alone;
 * {@code swage.threads=N} is the number of threads libtorch computes with, the machine's cores
 * unless set.
 */
public final class TorchRuntime {
  private static final Logger LOG = LoggerFactory.getLogger(TorchRuntime.class);
  private static final String THREADS = "swage.threads";
  private static final Pattern VERSION = Pattern.compile("TORCH_VERSION=([0-9.]+)");

  private TorchRuntime() {}

  /** The outcome of the one attempt to load. */
  private sealed interface State {
    record Loaded(String tuning, String version) implements State {}

    record Missing(String tuning, Throwable cause) implements State {}
  }

  /** Holds the outcome; initialised by the first question about it. */
  private static final class Start {
    static final State STATE = load();

    private static State load() {
      // JavaCPP reads this when its Pointer class loads.
      if (System.getProperty("org.bytedeco.javacpp.nopointergc") == null) {
        System.setProperty("org.bytedeco.javacpp.nopointergc", "true");
      }
      String tuning = NativeTuning.apply();
      try {
        Loader.load(torch.class);
        apply(defaultThreads());
        LOG.debug("libtorch loaded, {}", tuning);
        return new State.Loaded(tuning, version());
      } catch (LinkageError | IllegalArgumentException e) {
        return new State.Missing(tuning, e);
      }
    }
  }

  private static void apply(int threads) {
    torch.set_num_threads(threads);
    NativeTuning.setBlasThreads(threads);
  }

  private static String version() {
    Matcher version = VERSION.matcher(torch.show_config().getString());
    return version.find() ? version.group(1) : "of unknown version";
  }

  private static int defaultThreads() {
    String set = System.getProperty(THREADS, "");
    if (set.isEmpty()) {
      return Runtime.getRuntime().availableProcessors();
    }
    if (!set.matches("[1-9][0-9]{0,3}")) {
      throw new IllegalArgumentException(THREADS + " must be a count from 1, got " + set);
    }
    return Integer.parseInt(set);
  }

  /** Whether libtorch is loaded and usable; tries to load it at the first call. */
  public static boolean isAvailable() {
    return Start.STATE instanceof State.Loaded;
  }

  /** Why libtorch could not be loaded; empty when it was. */
  public static Optional<Throwable> failure() {
    return Start.STATE instanceof State.Missing missing
        ? Optional.of(missing.cause())
        : Optional.empty();
  }

  /**
   * Loads libtorch, or fails with the reason.
   *
   * @throws IllegalStateException when the natives of this platform are missing or do not load
   */
  public static void require() {
    if (Start.STATE instanceof State.Missing missing) {
      throw new IllegalStateException(
          "libtorch does not start on %s %s: %s; are this platform's bytedeco pytorch natives on the class path?"
              .formatted(
                  System.getProperty("os.name"),
                  System.getProperty("os.arch"),
                  String.valueOf(missing.cause().getMessage()).lines().findFirst().orElse("")),
          missing.cause());
    }
  }

  /** Version, device, threads and tuning in one line, for reports. */
  public static String describe() {
    return switch (Start.STATE) {
      case State.Loaded s ->
          String.format(
              Locale.ROOT,
              "libtorch %s on CPU, %d threads, %s",
              s.version(),
              threads(),
              s.tuning());
      case State.Missing s -> "libtorch missing (%s), %s".formatted(s.cause(), s.tuning());
    };
  }

  /** Number of threads one operator computes with. */
  public static int threads() {
    require();
    return torch.get_num_threads();
  }

  /** Sets the number of threads for the whole process; results may differ in the last bits. */
  public static void setThreads(int threads) {
    if (threads < 1) {
      throw new IllegalArgumentException("threads must be at least 1, got " + threads);
    }
    require();
    apply(threads);
  }

  /** Where tensors live and operators run: the one place to choose it. */
  public static Device device() {
    return new Device(torch.DeviceType.CPU);
  }
}
