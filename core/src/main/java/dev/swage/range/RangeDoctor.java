package dev.swage.range;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * Reads a run's weight records and says which weights will suffer from few bits, what range control
 * did to them, and what to set. What it looks for is in {@link RangeFinding.Kind}.
 */
public final class RangeDoctor {
  private static final double HEAVY_KURTOSIS = 6;
  private static final double FAR_OUT = 6;
  private static final double MANY_AT_LIMIT = 0.2;

  /** An error that fell to this part of what it was. */
  private static final double FELL = 0.8;

  private static final int NARROW = 4;
  private static final String NO_CONTROL = "none";

  private RangeDoctor() {}

  /**
   * What the records show, weight by weight in their order; empty if there is nothing to say.
   *
   * @param records of any number of epochs, each epoch's in one order
   */
  public static List<RangeFinding> examine(List<WeightRecord> records) {
    Map<String, WeightRecord> first = new LinkedHashMap<>();
    Map<String, WeightRecord> last = new LinkedHashMap<>();
    for (WeightRecord record : records) {
      first.putIfAbsent(record.weight(), record);
      last.put(record.weight(), record);
    }
    List<RangeFinding> findings = new ArrayList<>();
    last.forEach((weight, now) -> {
      heavyTailed(now, findings);
      atLimit(now, findings);
      WeightRecord then = first.getOrDefault(weight, now);
      errorFell(then, now, findings);
    });
    return findings;
  }

  private static void heavyTailed(WeightRecord now, List<RangeFinding> findings) {
    if (!(now.kurtosis() > HEAVY_KURTOSIS && now.largestOverStd() > FAR_OUT)) {
      return;
    }
    boolean free = now.control().equals(NO_CONTROL);
    String evidence =
        String.format(
            Locale.ROOT,
            "kurtosis %.3g, the largest value at %.3g sigma; the relative error at 4 bits is %s",
            now.kurtosis(),
            now.largestOverStd(),
            percent(now.error(NARROW)));
    findings.add(
        new RangeFinding(
            free ? RangeFinding.Kind.HEAVY_TAILED : RangeFinding.Kind.CONTROL_TOO_WEAK,
            now.weight(),
            free ? evidence : now.control() + "; " + evidence,
            free
                ? "Control its range: weight clip 3 sigma, or kure; and clip gradients, if spikes made the tail"
                : "Lower the limit or raise the weight of the penalty"));
  }

  private static void atLimit(WeightRecord now, List<RangeFinding> findings) {
    if (now.atLimit() > MANY_AT_LIMIT) {
      findings.add(
          new RangeFinding(
              RangeFinding.Kind.AT_LIMIT,
              now.weight(),
              String.format(
                  Locale.ROOT,
                  "%s of its values lie at the limit %.3g",
                  percent(now.atLimit()),
                  now.limit()),
              "Raise the limit if accuracy suffers: the weight has little room left"));
    }
  }

  private static void errorFell(WeightRecord then, WeightRecord now, List<RangeFinding> findings) {
    boolean controlled = !now.control().equals(NO_CONTROL);
    if (controlled && now.error(NARROW) < FELL * then.error(NARROW)) {
      findings.add(
          new RangeFinding(
              RangeFinding.Kind.ERROR_FELL,
              now.weight(),
              String.format(
                  Locale.ROOT,
                  "%s; from epoch %d to %d the largest value went from %.3g to %.3g sigma, and the relative error at 4 bits from %s to %s",
                  now.control(),
                  then.epoch(),
                  now.epoch(),
                  then.largestOverStd(),
                  now.largestOverStd(),
                  percent(then.error(NARROW)),
                  percent(now.error(NARROW))),
              ""));
    }
  }

  private static String percent(double share) {
    return String.format(Locale.ROOT, "%.1f %%", 100 * share);
  }
}
