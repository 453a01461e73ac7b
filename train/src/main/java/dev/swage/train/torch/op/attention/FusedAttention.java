package dev.swage.train.torch.op.attention;

import dev.swage.train.torch.program.NodeContext;
import dev.swage.train.torch.program.Operator;
import org.bytedeco.pytorch.DoubleOptional;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorOptional;
import org.bytedeco.pytorch.global.torch;

/**
 * {@code softmax(scale·q·k + mask)·v} of queries, keys that are transposed already, and values:
 * what is left of attention that an exporter took apart. Heads that are not alike in number are
 * multiplied as they stand.
 */
final class FusedAttention {
  private FusedAttention() {}

  static Operator compile(NodeContext node) {
    double scale = node.floatAttribute("scale", 1);
    return call -> {
      Tensor q = call.in(0);
      Tensor k = call.in(1).transpose(-2, -1);
      TensorOptional mask = call.has(3) ? new TensorOptional(call.in(3)) : new TensorOptional();
      return torch.scaled_dot_product_attention(
          q, k, call.in(2), mask, 0.0, false, new DoubleOptional(scale), false);
    };
  }
}
