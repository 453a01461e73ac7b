package dev.swage.report;

import com.fasterxml.jackson.databind.annotation.JsonDeserialize;
import java.util.List;
import java.util.OptionalDouble;

/**
 * What {@code quantize} decided for each node of a model, and what its file proved to be.
 *
 * @param input path of the model read
 * @param output path of the model written
 * @param written whether the output was written: not when a bound was missed, or it is to be faster
 *     and is not
 * @param inputBytes size of the model read
 * @param bytes size of the model written
 * @param data what it was proven on, as typed; {@code seeded random inputs} and how they were drawn
 *     where no data was given
 * @param calibrationSamples how many samples the ranges come from; 0 where there are none
 * @param plan what was decided
 * @param operators of the graph that ONNX Runtime made of the file
 * @param quantizedByRuntime convolutions that are kept and that ONNX Runtime quantizes itself
 * @param samples how many samples the outputs were compared on
 * @param outputs against the model read
 * @param agreement share of the samples with the same largest class; absent where outputs are not
 *     one row of classes per sample
 * @param accuracyDrop accuracy of the model read less that of the model written; absent where the
 *     data have no classes
 * @param damage what is wrong with the outputs, worst first
 * @param layers the values inside the graph with their errors, worst first
 * @param inputLatency of the model read
 * @param latency of the model written
 * @param speedup how many times as fast the model written is: the median of paired ratios
 * @param unvaried outputs that hardly differ over random inputs, so that their figures prove
 *     nothing; none where data was given
 */
public record ProofReport(
    Origin origin,
    String input,
    String output,
    boolean written,
    long inputBytes,
    long bytes,
    String data,
    long calibrationSamples,
    NodePlan plan,
    List<Operator> operators,
    long quantizedByRuntime,
    long samples,
    List<OutputResult> outputs,
    OptionalDouble agreement,
    OptionalDouble accuracyDrop,
    List<String> damage,
    List<Layer> layers,
    Latency inputLatency,
    Latency latency,
    double speedup,
    List<String> unvaried)
    implements Report {
  public ProofReport {
    Checks.positive("inputBytes", inputBytes);
    Checks.positive("bytes", bytes);
    operators = List.copyOf(operators);
    outputs = List.copyOf(outputs);
    damage = List.copyOf(damage);
    layers = List.copyOf(layers);
    unvaried = List.copyOf(unvaried);
  }

  /** How many nodes of an operator there are. */
  public record Operator(String name, long count) {}

  /**
   * One value inside the graph.
   *
   * @param isolatedSqnrDb with only the node that computes it quantized
   * @param cumulativeSqnrDb with everything before it quantized too
   */
  public record Layer(
      String name,
      String operator,
      @JsonDeserialize(using = JsonNumbers.NullIsInfinity.class) double isolatedSqnrDb,
      @JsonDeserialize(using = JsonNumbers.NullIsInfinity.class) double cumulativeSqnrDb) {}
}
