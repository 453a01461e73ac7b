package dev.swage.report;

import java.util.Locale;

/**
 * Numbers as people read them, the same in the terminal and on the page: a true minus sign, a thin
 * comma between thousands, decimals with a point whatever the locale.
 */
public final class Numbers {
  private static final String[] BYTE_UNITS = {"B", "kB", "MB", "GB", "TB"};

  private Numbers() {}

  /** An integer with commas: {@code 12,345}. */
  public static String count(long value) {
    return minus(String.format(Locale.ROOT, "%,d", value));
  }

  /** A file's size in decimal units with three digits: {@code 1.23 MB}. */
  public static String bytes(long bytes) {
    double value = bytes;
    int unit = 0;
    while (value >= 999.5 && unit < BYTE_UNITS.length - 1) {
      value /= 1000;
      unit++;
    }
    return (unit == 0 ? Long.toString(bytes) : significant(value, 3)) + " " + BYTE_UNITS[unit];
  }

  /** A fraction as a percentage: {@code 98.90 %}. */
  public static String percent(double fraction, int decimals) {
    return fixed(100 * fraction, decimals) + " %";
  }

  /** The difference of two fractions in percentage points, with its sign: {@code −0.10}. */
  public static String points(double difference) {
    String text = fixed(100 * difference, 2);
    return difference > 0 && !text.equals("0.00") ? "+" + text : text;
  }

  /** A ratio: {@code 0.27×}. */
  public static String ratio(double value) {
    return (Double.isFinite(value) && Math.abs(value) < 100
            ? fixed(value, 2)
            : significant(value, 3))
        + "×";
  }

  /** Decibels: {@code 41.2}; ∞ for no error at all. */
  public static String decibels(double value) {
    return fixed(value, 1);
  }

  /** A fixed number of decimals; never a negative zero. */
  public static String fixed(double value, int decimals) {
    if (!Double.isFinite(value)) {
      return special(value);
    }
    String text = String.format(Locale.ROOT, "%,." + decimals + "f", value);
    return minus(text.matches("-[0.]+") ? text.substring(1) : text);
  }

  /**
   * A number of significant digits in the shortest fitting form: {@code 0.00123}, {@code 12.3},
   * {@code 1.20e-7}.
   */
  public static String significant(double value, int digits) {
    if (!Double.isFinite(value)) {
      return special(value);
    }
    if (value == 0) {
      return "0";
    }
    double magnitude = Math.abs(value);
    if (magnitude < 1e-4 || magnitude >= 1e7) {
      String text = String.format(Locale.ROOT, "%." + (digits - 1) + "e", value);
      return minus(text.replaceFirst("e\\+?(-?)0*(\\d)", "e$1$2"));
    }
    int exponent = (int) Math.floor(Math.log10(magnitude));
    double unit = Math.pow(10, exponent - digits + 1);
    if (Math.rint(magnitude / unit) * unit >= Math.pow(10, exponent + 1)) {
      exponent++;
    }
    return fixed(value, Math.max(0, digits - 1 - exponent));
  }

  /** As {@link #significant} without zeros at the end: for values people typed, as {@code 0.5}. */
  public static String trimmed(double value, int digits) {
    String text = significant(value, digits);
    return text.contains(".") && !text.contains("e") ? text.replaceFirst("\\.?0+$", "") : text;
  }

  private static String special(double value) {
    if (Double.isNaN(value)) {
      return "–";
    }
    return value > 0 ? "∞" : "−∞";
  }

  private static String minus(String text) {
    return text.replace('-', '−');
  }
}
