package dev.swage.report;

import java.util.List;

/**
 * What {@code calibrate} observed of a model's activations.
 *
 * @param model path of the model
 * @param data the data's specification
 * @param samples how many were run
 * @param tensors in graph order
 * @param leftOut values that were not observed
 */
public record CalibrateReport(
    Origin origin,
    String model,
    String data,
    long samples,
    List<Tensor> tensors,
    List<LeftOut> leftOut)
    implements Report {
  public CalibrateReport {
    Checks.positive("samples", samples);
    tensors = List.copyOf(tensors);
    leftOut = List.copyOf(leftOut);
  }

  /**
   * One tensor.
   *
   * @param elements number of finite elements over all samples
   * @param nonFinite number of NaN and infinite ones
   * @param ranges what each estimator chooses
   */
  public record Tensor(String name, long elements, long nonFinite, List<EstimatedRange> ranges) {
    public Tensor {
      Checks.notNegative("elements", elements);
      Checks.notNegative("nonFinite", nonFinite);
      ranges = List.copyOf(ranges);
    }
  }

  /**
   * A range for 8-bit codes.
   *
   * @param estimator its name, as {@code entropy}
   * @param saturation the share of the finite elements outside
   */
  public record EstimatedRange(String estimator, double min, double max, double saturation) {
    public EstimatedRange {
      Checks.fraction("saturation", saturation);
    }
  }

  /** A value that was not observed, and why, from a closed set. */
  public record LeftOut(String name, String reason) {}
}
