package dev.swage.compress.speed;

import dev.swage.onnx.Node;
import java.util.List;

/**
 * A node and what is absorbed into it where it is quantized: they are on the same side.
 *
 * @param index its place in {@link NodeGroups#groups}
 * @param name planned name of the node that the group is about
 * @param node that node
 * @param absorbed planned names of the Relus and Clips that its codes make superfluous
 * @param free whether it could be quantized
 */
record NodeGroup(int index, String name, Node node, List<String> absorbed, boolean free) {
  NodeGroup {
    absorbed = List.copyOf(absorbed);
  }

  /** Integer kernels of these write floats as well: no conversion behind them. */
  boolean writesEither() {
    return node().is("Gemm") || node().is("MatMul");
  }
}
