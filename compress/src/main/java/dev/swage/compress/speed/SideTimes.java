package dev.swage.compress.speed;

import java.util.HashMap;
import java.util.Map;
import java.util.OptionalInt;

/** Milliseconds of groups on either side, and of values that change sides. */
final class SideTimes {
  private final double[] floats;
  private final double[] codes;
  private final Map<String, Double> quantize = new HashMap<>();
  private final Map<String, Double> dequantize = new HashMap<>();
  private final Map<Integer, Integer> fused = new HashMap<>();

  SideTimes(int groups) {
    floats = new double[groups];
    codes = new double[groups];
  }

  double floats(int group) {
    return floats[group];
  }

  double codes(int group) {
    return codes[group];
  }

  void set(int group, boolean onCodes, double millis) {
    (onCodes ? codes : floats)[group] = millis;
  }

  /** From floats to codes, with the change of layout that goes with it. */
  double quantize(String value) {
    return quantize.getOrDefault(value, 0.0);
  }

  /** From codes to floats. */
  double dequantize(String value) {
    return dequantize.getOrDefault(value, 0.0);
  }

  /**
   * The group whose kernel does the work of this one too as long as both are floats: apart, they
   * would take another time than was measured.
   */
  OptionalInt fusedInto(int group) {
    Integer into = fused.get(group);
    return into == null ? OptionalInt.empty() : OptionalInt.of(into);
  }

  void setFused(int group, int into) {
    fused.put(group, into);
  }

  void setConversion(String value, boolean toCodes, double millis) {
    (toCodes ? quantize : dequantize).put(value, millis);
  }
}
