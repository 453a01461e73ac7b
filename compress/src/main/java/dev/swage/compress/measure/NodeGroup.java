package dev.swage.compress.measure;

import dev.swage.compress.qdq.QdqPlan.PlannedNode;
import dev.swage.onnx.Node;
import java.util.List;

/**
 * A node and what is absorbed into it where it is quantized: they are on the same side.
 *
 * @param index its place in {@link NodeGroups#groups}
 * @param planned the node that the group is about
 * @param absorbed planned names of the Relus and Clips that its codes make superfluous
 * @param free whether it could be quantized
 */
record NodeGroup(int index, PlannedNode planned, List<String> absorbed, boolean free) {
  NodeGroup {
    absorbed = List.copyOf(absorbed);
  }

  Node node() {
    return planned.node();
  }

  /** Integer kernels of these write floats as well: no conversion behind them. */
  boolean writesEither() {
    return node().is("Gemm") || node().is("MatMul");
  }
}
