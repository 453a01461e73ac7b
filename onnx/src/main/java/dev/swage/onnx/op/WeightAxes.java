package dev.swage.onnx.op;

import dev.swage.onnx.Node;
import java.util.Optional;

/**
 * The axes of a weight as the node that reads it sees them, in the weight's own shape.
 *
 * @param channel one index per output unit, or per row of a table
 * @param input one index per input unit, or along the width of a table; another axis than {@code
 *     channel}
 */
public record WeightAxes(int channel, int input) {
  /**
   * The axes of a weight at an input of a node; empty where it is no weight there, or its rank has
   * no two such axes.
   */
  public static Optional<WeightAxes> of(Node node, int index, int rank) {
    return OperatorFacts.of(node)
        .weight(node, index)
        .filter(kind -> kind.takesRank(rank))
        .map(kind ->
            switch (kind) {
              case TABLE -> table(node, rank);
              case EINSUM -> EinsumEquation.of(node).axes(index, rank);
              default -> {
                int channel = kind.channelAxis(rank);
                int input = kind.inputAxis(rank);
                yield new WeightAxes(channel, input == channel ? 1 - channel : input);
              }
            });
  }

  /** Rows lie along an axis that may be counted from the end. */
  private static WeightAxes table(Node node, int rank) {
    int rows = (int) Math.floorMod(node.intAttribute("axis", 0), (long) rank);
    return new WeightAxes(rows, rows < rank - 1 ? rows + 1 : rows - 1);
  }
}
