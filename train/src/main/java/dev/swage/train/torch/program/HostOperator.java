package dev.swage.train.torch.program;

import dev.swage.tensor.Tensor;
import java.util.Optional;

/** A node with one output that computes on the host, where its inputs are there. */
@FunctionalInterface
public interface HostOperator {
  /** The output; empty where libtorch is to compute this call. */
  Optional<Tensor> apply(Call call);
}
