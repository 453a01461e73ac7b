package dev.swage.train.torch.program;

import java.util.Optional;

/** The operators there are. */
public interface Operators {
  /**
   * A node ready to run.
   *
   * @throws dev.swage.onnx.OnnxException for an operator, or a form of it, that is not supported
   */
  Operator compile(NodeContext node);

  /** How the node computes on the host, if it can. */
  Optional<HostOperator> onHost(NodeContext node);
}
