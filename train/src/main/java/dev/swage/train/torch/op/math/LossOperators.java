package dev.swage.train.torch.op.math;

import dev.swage.train.torch.program.Call;
import dev.swage.train.torch.program.NodeContext;
import dev.swage.train.torch.program.Operator;
import java.util.Map;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorOptional;
import org.bytedeco.pytorch.global.torch;

/** Losses that are nodes of a graph; classes are on axis 1. */
final class LossOperators {
  /** No label is this. */
  private static final long NOTHING_IGNORED = Long.MIN_VALUE;

  private LossOperators() {}

  static void addTo(Map<String, Operator.Factory> table) {
    table.put(
        "NegativeLogLikelihoodLoss",
        node -> {
          Loss loss = Loss.of(node);
          return call -> loss.apply(call.in(0), call);
        });
    table.put(
        "SoftmaxCrossEntropyLoss",
        node -> {
          Loss loss = Loss.of(node);
          return call -> {
            Tensor logarithms = torch.log_softmax(call.in(0), 1);
            call.put(1, logarithms);
            return loss.apply(logarithms, call);
          };
        });
  }

  /**
   * @param reduction in libtorch's numbering
   * @param ignored the label that has no loss
   */
  private record Loss(long reduction, long ignored) {
    static Loss of(NodeContext node) {
      String reduction = node.stringAttribute("reduction", "mean");
      long number =
          switch (reduction) {
            case "none" -> 0;
            case "mean" -> 1;
            case "sum" -> 2;
            default -> throw node.unsupported("reduction '" + reduction + "'");
          };
      return new Loss(number, node.intAttribute("ignore_index", NOTHING_IGNORED));
    }

    Tensor apply(Tensor logarithms, Call call) {
      Tensor labels = call.in(1).to(torch.ScalarType.Long);
      TensorOptional weights = call.has(2) ? new TensorOptional(call.in(2)) : new TensorOptional();
      return torch.nll_loss_nd(logarithms, labels, weights, reduction, ignored);
    }
  }
}
