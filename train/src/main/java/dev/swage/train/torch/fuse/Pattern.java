package dev.swage.train.torch.fuse;

import dev.swage.onnx.Node;
import java.util.List;
import java.util.Optional;

/** A group of nodes that one operator stands for. */
interface Pattern {
  /**
   * What was found.
   *
   * @param nodes those that are replaced, the last one included
   * @param replacement gives what the last one gives
   */
  record Match(List<Node> nodes, Node replacement) {}

  /** The group whose result this node gives, if it is the last one of such a group. */
  Optional<Match> match(Node last, Values values);
}
