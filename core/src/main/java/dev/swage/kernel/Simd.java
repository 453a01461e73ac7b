package dev.swage.kernel;

/**
 * Whether the Vector API kernels run, decided once when the first kernel is used. They do not when
 * the JVM was started without {@code --add-modules jdk.incubator.vector} or with {@code
 * -Dswage.simd=off}; then the scalar kernels run, with the same results.
 */
public final class Simd {
  private static final String PROPERTY = "swage.simd";
  private static final String STATE = decide();

  private Simd() {}

  private static String decide() {
    if ("off".equals(System.getProperty(PROPERTY))) {
      return "scalar kernels: switched off by -D" + PROPERTY + "=off";
    }
    if (ModuleLayer.boot().findModule("jdk.incubator.vector").isEmpty()) {
      return "scalar kernels: start Java with --add-modules jdk.incubator.vector for the fast ones";
    }
    return "";
  }

  /** Whether the Vector API kernels are in use. */
  public static boolean available() {
    return STATE.isEmpty();
  }

  /** Which kernels run and why, in one line. */
  public static String describe() {
    return STATE.isEmpty() ? "Vector API kernels, " + VectorWidth.bits() + "-bit vectors" : STATE;
  }

  /** Kept apart so that the class is only loaded where the Vector API is. */
  private static final class VectorWidth {
    static int bits() {
      return jdk.incubator.vector.FloatVector.SPECIES_PREFERRED.vectorBitSize();
    }
  }
}
