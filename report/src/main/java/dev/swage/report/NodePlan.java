package dev.swage.report;

import com.fasterxml.jackson.databind.annotation.JsonDeserialize;
import java.util.List;
import java.util.OptionalDouble;

/**
 * What was decided for each node of a model.
 *
 * @param mode {@code static}, {@code dynamic}, {@code weight-only}, {@code mixed}, or {@code plan}
 *     where a plan was given
 * @param form with which operators it is written: {@code qdq}, {@code qoperator}, {@code contrib}
 * @param range name of the estimator that chose activations' ranges; empty where there are none
 * @param prepared what was done to the graph first, in order
 * @param preparedDifference largest difference this made to an output, over the output's largest
 *     element; absent when nothing was done or the model was not run
 * @param nodes of the prepared graph, in its order
 * @param values that became codes, in the order they are computed
 */
public record NodePlan(
    String mode,
    String form,
    String range,
    List<QuantizeReport.PreparationStep> prepared,
    OptionalDouble preparedDifference,
    List<Node> nodes,
    List<Value> values) {
  public NodePlan {
    prepared = List.copyOf(prepared);
    nodes = List.copyOf(nodes);
    values = List.copyOf(values);
  }

  /**
   * One node.
   *
   * @param decision {@code quantize}, {@code absorb} (its clipping is done by saturating codes) or
   *     {@code keep}
   * @param how {@code static}, {@code dynamic} or {@code weight-only}; empty unless quantized
   * @param weight as in {@code int8 per-channel}; empty where it has none that is quantized
   * @param reason why it is kept, from a closed set; empty otherwise
   * @param detail what the reason does not say; for an absorbed node the node that absorbs it; for
   *     a quantized one why it goes no better way, where that was measured
   * @param fused whether ONNX Runtime runs a quantized node in integers; false for others, and
   *     where no file was written yet
   * @param expectedSqnrDb at its output, from ranges, histograms and weights alone; null when
   *     nothing is lost
   */
  public record Node(
      String name,
      String operator,
      String decision,
      String how,
      String weight,
      String reason,
      String detail,
      boolean fused,
      @JsonDeserialize(using = JsonNumbers.NullIsInfinity.class) double expectedSqnrDb) {}

  /**
   * One value.
   *
   * @param group the first of the values that share scale and zero point
   * @param saturation share of the elements seen in calibration that lie outside of the range
   * @param unusedCodes share of the codes that no element seen in calibration takes
   */
  public record Value(
      String name,
      double min,
      double max,
      double scale,
      long zeroPoint,
      String group,
      @JsonDeserialize(using = JsonNumbers.NullIsInfinity.class) double expectedSqnrDb,
      OptionalDouble saturation,
      OptionalDouble unusedCodes) {}
}
