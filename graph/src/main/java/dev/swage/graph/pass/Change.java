package dev.swage.graph.pass;

import dev.swage.onnx.Node;
import java.util.List;

/**
 * One change made by a pass.
 *
 * @param nodes the nodes changed, merged or removed, as they were
 * @param tensors the weights or values this concerned, by name
 * @param detail what exactly, where pass and names do not say it; may be empty
 */
public record Change(List<Node> nodes, List<String> tensors, String detail) {
  public Change {
    nodes = List.copyOf(nodes);
    tensors = List.copyOf(tensors);
  }
}
