package dev.swage.report;

import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.databind.annotation.JsonDeserialize;
import java.util.List;
import java.util.OptionalInt;

/**
 * What {@code quantize} did to each weight of a model.
 *
 * @param input path of the model read
 * @param output path of the model written
 * @param inputBytes size of the model read
 * @param bytes size of the model written
 * @param weights in the graph's order
 */
public record QuantizeReport(
    Origin origin,
    String input,
    String output,
    long inputBytes,
    long bytes,
    List<WeightDecision> weights)
    implements Report {
  public QuantizeReport {
    Checks.positive("inputBytes", inputBytes);
    Checks.positive("bytes", bytes);
    weights = List.copyOf(weights);
  }

  /** Whether a weight was narrowed. */
  public enum Decision {
    @JsonProperty("quantize")
    QUANTIZE,
    @JsonProperty("keep")
    KEEP
  }

  /**
   * What became of one weight.
   *
   * @param name of the initializer in the graph read
   * @param reason why, from the planner's closed set
   * @param bits width of the codes; absent when kept, as the next two
   * @param granularity in words, as {@code per channel, axis 0}
   * @param sqnrDb signal to quantization noise ratio of the weight itself, in decibels; +∞ when
   *     nothing was lost
   * @param bytesBefore of the weight
   * @param bytesAfter of its codes, scales and zero points
   */
  public record WeightDecision(
      String name,
      Decision decision,
      String reason,
      OptionalInt bits,
      String granularity,
      @JsonDeserialize(using = JsonNumbers.NullIsInfinity.class) double sqnrDb,
      long bytesBefore,
      long bytesAfter) {
    public WeightDecision {
      if (bits.isPresent() != (decision == Decision.QUANTIZE)) {
        throw new IllegalArgumentException(
            "weight %s: bits belong to quantized weights, got %s with %s"
                .formatted(name, decision, bits));
      }
    }

    /** A weight that stays as it is. */
    public static WeightDecision kept(String name, String reason, long bytes) {
      return new WeightDecision(
          name,
          Decision.KEEP,
          reason,
          OptionalInt.empty(),
          "none",
          Double.POSITIVE_INFINITY,
          bytes,
          bytes);
    }
  }
}
