package dev.swage.compress.calibrate;

import dev.swage.quant.range.ActivationStatistics;
import java.util.List;

/**
 * What was observed of one tensor.
 *
 * @param name of the value in the graph
 * @param statistics of its finite elements over all samples
 * @param nonFiniteSamples the first {@value #MOST_SAMPLES} samples with elements that were not
 *     finite; {@code statistics.histogram().nonFinite()} counts all such elements
 */
public record TensorCalibration(
    String name, ActivationStatistics statistics, List<NonFiniteSample> nonFiniteSamples) {
  /** How many samples with elements that are not finite are named. */
  public static final int MOST_SAMPLES = 16;

  public TensorCalibration {
    nonFiniteSamples = List.copyOf(nonFiniteSamples);
  }
}
