package dev.swage.report;

import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.databind.annotation.JsonDeserialize;
import java.util.List;
import java.util.Locale;
import java.util.OptionalDouble;
import java.util.OptionalInt;

/**
 * What {@code quantize} did to each weight of a model.
 *
 * @param input path of the model read
 * @param output path of the model written
 * @param inputBytes size of the model read
 * @param bytes size of the model written
 * @param prepared what was done to the graph first, in order
 * @param preparedDifference largest difference this made to an output, over the output's largest
 *     element; absent when nothing was done or the model was not run
 * @param written whether the output was written: not when its outputs are damaged
 * @param outputs against the model read; empty where the file was not run
 * @param damage what is wrong with the outputs, worst first
 * @param weights in the prepared graph's order
 */
public record QuantizeReport(
    Origin origin,
    String input,
    String output,
    long inputBytes,
    long bytes,
    List<PreparationStep> prepared,
    OptionalDouble preparedDifference,
    boolean written,
    List<OutputResult> outputs,
    List<String> damage,
    List<WeightDecision> weights)
    implements Report {
  public QuantizeReport {
    Checks.positive("inputBytes", inputBytes);
    Checks.positive("bytes", bytes);
    prepared = List.copyOf(prepared);
    outputs = List.copyOf(outputs);
    damage = List.copyOf(damage);
    weights = List.copyOf(weights);
  }

  /**
   * A change to the graph before quantization.
   *
   * @param kind from a closed set, as {@code batch-normalization-folded}
   * @param nodes the nodes changed, merged or removed
   * @param tensors the weights or values concerned
   * @param detail what kind and names do not say; may be empty
   */
  public record PreparationStep(
      String kind, List<String> nodes, List<String> tensors, String detail) {
    public PreparationStep {
      nodes = List.copyOf(nodes);
      tensors = List.copyOf(tensors);
    }
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
            String.format(
                Locale.ROOT,
                "weight %s: bits belong to quantized weights, got %s with %s",
                name,
                decision,
                bits));
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
