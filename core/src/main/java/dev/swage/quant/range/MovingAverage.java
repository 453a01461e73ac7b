package dev.swage.quant.range;

/**
 * The moving average of the extremes of successive runs: {@code r ← r + c (r_new − r)}, the first
 * run assigned, in double. It depends on the order of the runs. The rule of PyTorch's {@code
 * MovingAverageMinMaxObserver} and of ONNX Runtime's {@code CalibMovingAverage}, both with c =
 * 0.01.
 */
public final class MovingAverage {
  /** The share of a new run in the average. */
  public static final double DEFAULT_CONSTANT = 0.01;

  private final double constant;
  private double min;
  private double max;
  private long runs;

  /** An average with c = {@value #DEFAULT_CONSTANT}. */
  public MovingAverage() {
    this(DEFAULT_CONSTANT);
  }

  /**
   * @param constant c, in (0, 1]
   */
  public MovingAverage(double constant) {
    if (!(constant > 0 && constant <= 1)) {
      throw new IllegalArgumentException(
          "the constant of a moving average must be in (0, 1], got " + constant);
    }
    this.constant = constant;
  }

  /** Takes the extremes of the next run. */
  public void add(Range run) {
    min = runs == 0 ? run.min() : min + constant * (run.min() - min);
    max = runs == 0 ? run.max() : max + constant * (run.max() - max);
    runs++;
  }

  /** The averages so far; [0, 0] before the first run. */
  public Range range() {
    return new Range((float) min, (float) max);
  }
}
