package dev.swage.report;

import java.util.List;

/** What can be done with each operator. */
public record OperatorsReport(Origin origin, List<Entry> operators) implements Report {
  public OperatorsReport {
    operators = List.copyOf(operators);
  }

  /**
   * An operator.
   *
   * @param domain {@code ai.onnx} for ONNX's own
   * @param runs whether the executor of training runs it
   * @param trains whether gradients pass through it
   * @param quantizesStatic whether it can compute on codes with ranges fixed ahead
   * @param quantizesDynamic whether it can on codes made at every run
   * @param quantizesWeights whether its weights can be stored in few bits
   */
  public record Entry(
      String domain,
      String operator,
      boolean runs,
      boolean trains,
      boolean quantizesStatic,
      boolean quantizesDynamic,
      boolean quantizesWeights) {}
}
