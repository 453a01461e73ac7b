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
 * @param shipped what the files score that the recipe ships, where they were asked for
 */
public record SweepRun(
    List<Setting> settings,
    String failure,
    long epochs,
    OptionalDouble loss,
    OptionalDouble accuracy,
    OptionalInt recovery,
    ClipSummary clip,
    double seconds,
    List<Shipped> shipped) {
  public SweepRun {
    settings = List.copyOf(settings);
    shipped = List.copyOf(shipped);
    Checks.notNegative("epochs", epochs);
    Checks.fraction("accuracy", accuracy);
    Checks.notNegative("seconds", seconds);
  }

  /** A key of the recipe and the value it had, as the user wrote it. */
  public record Setting(String key, String value) {}

  /**
   * A file that the run ships, measured in ONNX Runtime on the test data.
   *
   * @param name as in the recipe's {@code ship:}, or that of its codes
   * @param loss mean, where the outputs' kind is known
   * @param accuracy where answers are classes
   */
  public record Shipped(String name, OptionalDouble loss, OptionalDouble accuracy) {
    public Shipped {
      Checks.fraction("accuracy", accuracy);
    }
  }
}
