package dev.swage.report;

import com.fasterxml.jackson.annotation.JsonProperty;
import java.util.OptionalDouble;

/**
 * One model file, measured.
 *
 * @param name {@code float32}, {@code int8}, {@code int4}, or the file's name
 * @param path as the user may type it
 * @param bytes size of the file, with its external data
 * @param accuracy fraction of correct answers in [0, 1]; absent where answers are not classes
 * @param loss mean over the samples; absent where none was asked for
 * @param latency of one call
 * @param speedup how many times as fast as the reference it is, timed in turn with it: the median
 *     of paired ratios; absent of the reference and of a model that was timed alone
 */
public record ModelResult(
    String name,
    String path,
    long bytes,
    OptionalDouble accuracy,
    OptionalDouble loss,
    @JsonProperty("latencyMillis") Latency latency,
    OptionalDouble speedup) {
  public ModelResult {
    Checks.positive("bytes", bytes);
    Checks.fraction("accuracy", accuracy);
  }

  /** This file's size over the other's. */
  public double sizeRatioTo(ModelResult reference) {
    return (double) bytes / reference.bytes;
  }
}
