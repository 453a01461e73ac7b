package dev.swage.train.torch.program;

import org.bytedeco.pytorch.Tensor;

/** A node ready to run: reads a call's inputs and returns its first output. */
@FunctionalInterface
public interface Operator {
  Tensor apply(Call call);

  /** Reads a node's attributes and constants once, before the first run. */
  @FunctionalInterface
  interface Factory {
    Operator compile(NodeContext node);
  }
}
