package dev.swage.report;

import java.util.List;
import java.util.OptionalDouble;
import java.util.OptionalInt;

/**
 * One run of a sweep.
 *
 * @param settings what was laid over the recipe, key by key
 * @param failure why training ended before its time, in words; empty if it did not
 * @param epochs how many were finished
 * @param loss on the test data, after training; none after a failure
 * @param accuracy on the test data, where answers are classes
 * @param recovery steps from a disturbed one until the training loss was back; none if it never was
 * @param clip what clipping did
 * @param seconds of training
 */
public record SweepRun(
    List<Setting> settings,
    String failure,
    long epochs,
    OptionalDouble loss,
    OptionalDouble accuracy,
    OptionalInt recovery,
    ClipSummary clip,
    double seconds) {
  public SweepRun {
    settings = List.copyOf(settings);
    Checks.notNegative("epochs", epochs);
    Checks.fraction("accuracy", accuracy);
    Checks.notNegative("seconds", seconds);
  }

  /** A key of the recipe and the value it had, as the user wrote it. */
  public record Setting(String key, String value) {}
}
