package dev.swage.report;

import com.fasterxml.jackson.databind.annotation.JsonDeserialize;
import java.util.List;
import java.util.OptionalDouble;

/**
 * What {@code quantize --mode static} decided for each node of a model, and what its file proved to
 * be.
 *
 * @param input path of the model read
 * @param output path of the model written
 * @param written whether the output was written: not when it is to be faster and is not
 * @param inputBytes size of the model read
 * @param bytes size of the model written
 * @param data the data it was proven on, as typed
 * @param calibrationSamples how many samples the ranges come from
 * @param range name of the estimator that chose them
 * @param prepared what was done to the graph first, in order
 * @param preparedDifference largest difference this made to an output, over the output's largest
 *     element; absent when nothing was done
 * @param nodes of the prepared graph, in its order
 * @param values that became codes, in the order they are computed
 * @param operators of the graph that ONNX Runtime made of the file
 * @param quantizedByRuntime convolutions that are kept and that ONNX Runtime quantizes itself
 * @param samples how many samples the outputs were compared on
 * @param outputs against the model read
 * @param agreement share of the samples with the same largest class; absent where outputs are not
 *     one row of classes per sample
 * @param inputLatency of the model read
 * @param latency of the model written
 */
public record StaticReport(
    Origin origin,
    String input,
    String output,
    boolean written,
    long inputBytes,
    long bytes,
    String data,
    long calibrationSamples,
    String range,
    List<QuantizeReport.PreparationStep> prepared,
    OptionalDouble preparedDifference,
    List<Node> nodes,
    List<Value> values,
    List<Operator> operators,
    long quantizedByRuntime,
    long samples,
    List<Output> outputs,
    OptionalDouble agreement,
    Latency inputLatency,
    Latency latency)
    implements Report {
  public StaticReport {
    Checks.positive("inputBytes", inputBytes);
    Checks.positive("bytes", bytes);
    prepared = List.copyOf(prepared);
    nodes = List.copyOf(nodes);
    values = List.copyOf(values);
    operators = List.copyOf(operators);
    outputs = List.copyOf(outputs);
  }

  /**
   * One node.
   *
   * @param decision {@code quantize}, {@code absorb} (its clipping is done by saturating codes) or
   *     {@code keep}
   * @param reason why it is kept, from a closed set; empty otherwise
   * @param detail what the reason does not say; for an absorbed node the node that absorbs it
   * @param fused whether ONNX Runtime runs a quantized node in integers; false for others
   * @param expectedSqnrDb at its output, from ranges, histograms and weights alone; null when
   *     nothing is lost
   */
  public record Node(
      String name,
      String operator,
      String decision,
      String reason,
      String detail,
      boolean fused,
      @JsonDeserialize(using = JsonNumbers.NullIsInfinity.class) double expectedSqnrDb) {}

  /**
   * One value.
   *
   * @param group the first of the values that share scale and zero point
   */
  public record Value(
      String name,
      double min,
      double max,
      double scale,
      long zeroPoint,
      String group,
      @JsonDeserialize(using = JsonNumbers.NullIsInfinity.class) double expectedSqnrDb) {}

  /** How many nodes of an operator there are. */
  public record Operator(String name, long count) {}

  /** One output: signal to noise, null when nothing differs, and the largest difference. */
  public record Output(
      String name,
      @JsonDeserialize(using = JsonNumbers.NullIsInfinity.class) double sqnrDb,
      double maxAbsError) {}
}
