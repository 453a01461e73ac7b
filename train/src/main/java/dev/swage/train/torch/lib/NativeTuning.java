package dev.swage.train.torch.lib;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SymbolLookup;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalInt;
import org.jspecify.annotations.Nullable;

/**
 * Settings of the C library that libtorch needs to be fast, and that count only when they are made
 * before it loads:
 *
 * <ul>
 *   <li>{@code GOMP_SPINCOUNT=1000}: OpenMP workers stop spinning soon after a parallel region, so
 *       that they do not hold the core the JVM needs next. A value the user exported stays.
 *   <li>{@code OPENBLAS_THREAD_TIMEOUT=4}: OpenBLAS's worker threads sleep after 2<sup>4</sup>
 *       clock cycles without work. Its default, 2<sup>26</sup>, keeps a core busy for some 25 ms
 *       after every matrix product, while libtorch's other threads want it. A value the user
 *       exported stays.
 *   <li>{@code mallopt(M_MMAP_THRESHOLD)}, {@code mallopt(M_TRIM_THRESHOLD)}: activations and
 *       gradients come from memory that stays mapped; glibc's defaults return every large block to
 *       the kernel when it is freed and pay its page faults again at the next step.
 *   <li>{@code mallopt(M_TOP_PAD)} of 256 MB: the heap grows in large steps.
 * </ul>
 *
 * <p>The system property {@code swage.tuning=off} leaves everything alone. Other C libraries than
 * glibc on Linux have no {@code mallopt} with these parameters; there nothing is set.
 */
public final class NativeTuning {
  static final String PROPERTY = "swage.tuning";

  private static final int M_TRIM_THRESHOLD = -1;
  private static final int M_TOP_PAD = -2;
  private static final int M_MMAP_THRESHOLD = -3;
  private static final int LARGE = 1 << 30;
  private static final int GLIBC_MAX_MMAP_THRESHOLD = 32 << 20;
  private static final int TOP_PAD = 256 << 20;

  private NativeTuning() {}

  /** Makes the settings and says in words what was done, or why nothing was. */
  public static String apply() {
    if (System.getProperty(PROPERTY, "on").equals("off")) {
      return "tuning off (-D" + PROPERTY + "=off)";
    }
    if (!System.getProperty("os.name", "").toLowerCase(Locale.ROOT).startsWith("linux")) {
      return "tuning skipped: only for Linux with glibc, this is " + System.getProperty("os.name");
    }
    if (Linker.nativeLinker().defaultLookup().find("gnu_get_libc_version").isEmpty()) {
      return "tuning skipped: only for Linux with glibc, this C library is another";
    }
    return "tuned: %s, %s, %s"
        .formatted(
            environment("GOMP_SPINCOUNT", "1000"),
            environment("OPENBLAS_THREAD_TIMEOUT", "4"),
            allocator());
  }

  private static String environment(String name, String value) {
    @Nullable String present = System.getenv(name);
    if (present != null) {
      return name + "=" + present + " (from the environment)";
    }
    return setenv(name, value) ? name + "=" + value : name + " refused";
  }

  private static String allocator() {
    // Some glibc versions refuse a threshold above half an arena heap.
    boolean threshold =
        mallopt(M_MMAP_THRESHOLD, LARGE) || mallopt(M_MMAP_THRESHOLD, GLIBC_MAX_MMAP_THRESHOLD);
    boolean trim = mallopt(M_TRIM_THRESHOLD, LARGE);
    boolean pad = mallopt(M_TOP_PAD, TOP_PAD);
    return threshold && trim && pad
        ? "malloc keeps freed memory and grows by 256 MB"
        : "mallopt refused (threshold %b, trim %b, pad %b)".formatted(threshold, trim, pad);
  }

  private static boolean mallopt(int parameter, int value) {
    MethodHandle mallopt =
        handle(
            "mallopt",
            FunctionDescriptor.of(
                ValueLayout.JAVA_INT, ValueLayout.JAVA_INT, ValueLayout.JAVA_INT));
    try {
      return (int) mallopt.invokeExact(parameter, value) == 1;
    } catch (Throwable e) { // what a method handle declares; mallopt itself throws nothing
      throw new IllegalStateException("mallopt could not be called", e);
    }
  }

  private static boolean setenv(String name, String value) {
    MethodHandle setenv =
        handle(
            "setenv",
            FunctionDescriptor.of(
                ValueLayout.JAVA_INT,
                ValueLayout.ADDRESS,
                ValueLayout.ADDRESS,
                ValueLayout.JAVA_INT));
    try (Arena arena = Arena.ofConfined()) {
      return (int) setenv.invokeExact(arena.allocateFrom(name), arena.allocateFrom(value), 0) == 0;
    } catch (Throwable e) { // what a method handle declares; setenv itself throws nothing
      throw new IllegalStateException("setenv could not be called", e);
    }
  }

  /**
   * Gives OpenBLAS as many threads as the rest of libtorch: it computes matrix products on threads
   * of its own, which libtorch's setting does not reach. Does nothing where libtorch has another
   * BLAS.
   */
  public static void setBlasThreads(int threads) {
    SymbolLookup.loaderLookup()
        .find("openblas_set_num_threads")
        .ifPresent(function -> {
          FunctionDescriptor descriptor = FunctionDescriptor.ofVoid(ValueLayout.JAVA_INT);
          try {
            handle(function, descriptor).invokeExact(threads);
          } catch (Throwable e) { // what a method handle declares; OpenBLAS throws nothing
            throw new IllegalStateException("openblas_set_num_threads could not be called", e);
          }
        });
  }

  /** OpenBLAS's number of threads; empty where libtorch has another BLAS. */
  public static OptionalInt blasThreads() {
    Optional<MemorySegment> function = SymbolLookup.loaderLookup().find("openblas_get_num_threads");
    if (function.isEmpty()) {
      return OptionalInt.empty();
    }
    FunctionDescriptor descriptor = FunctionDescriptor.of(ValueLayout.JAVA_INT);
    try {
      return OptionalInt.of((int) handle(function.get(), descriptor).invokeExact());
    } catch (Throwable e) { // what a method handle declares; OpenBLAS throws nothing
      throw new IllegalStateException("openblas_get_num_threads could not be called", e);
    }
  }

  private static MethodHandle handle(String function, FunctionDescriptor descriptor) {
    return handle(Linker.nativeLinker().defaultLookup().findOrThrow(function), descriptor);
  }

  // Restricted: native calls are granted to Swage with --enable-native-access, as libtorch needs.
  @SuppressWarnings("restricted")
  private static MethodHandle handle(MemorySegment function, FunctionDescriptor descriptor) {
    return Linker.nativeLinker().downcallHandle(function, descriptor);
  }
}
