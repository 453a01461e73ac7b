package dev.swage.train.torch.op.math;

import dev.swage.train.torch.program.NodeContext;
import dev.swage.train.torch.program.Operator;
import java.util.Map;
import org.bytedeco.pytorch.BoolOptional;
import org.bytedeco.pytorch.LongOptional;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.T_TensorTensor_T;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;

/** Which elements are the largest or the smallest along an axis. */
final class OrderOperators {
  private OrderOperators() {}

  private interface Search {
    Tensor apply(Tensor x, LongOptional axis, boolean keep);
  }

  static void addTo(Map<String, Operator.Factory> table) {
    table.put("ArgMax", node -> position(node, torch::argmax));
    table.put("ArgMin", node -> position(node, torch::argmin));
    table.put("TopK", OrderOperators::topK);
  }

  /** Of equal elements, the first or the last. */
  private static Operator position(NodeContext node, Search search) {
    long axis = node.intAttribute("axis", 0);
    boolean keep = node.intAttribute("keepdims", 1) != 0;
    boolean last = node.intAttribute("select_last_index", 0) != 0;
    return call -> {
      Tensor x = call.in(0).detach();
      if (!last) {
        return search.apply(x, new LongOptional(axis), keep);
      }
      Tensor fromEnd = search.apply(x.flip(axis), new LongOptional(axis), keep);
      return fromEnd.neg().add(new Scalar(x.size(axis) - 1));
    };
  }

  /** In order, whether that is asked for or not; of equal elements, the first come first. */
  private static Operator topK(NodeContext node) {
    long axis = node.intAttribute("axis", -1);
    boolean largest = node.intAttribute("largest", 1) != 0;
    long attribute = node.intAttribute("k", 0);
    return call -> {
      long count = node.opset() < 10 ? attribute : call.longs(1)[0];
      T_TensorTensor_T sorted = torch.sort(call.in(0), new BoolOptional(true), axis, largest);
      call.put(1, sorted.get1().narrow(axis, 0, count));
      return sorted.get0().narrow(axis, 0, count);
    };
  }
}
