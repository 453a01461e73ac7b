package dev.swage.train.torch.op.attention;

import dev.swage.train.torch.program.Call;
import dev.swage.train.torch.program.NodeContext;
import dev.swage.train.torch.program.Operator;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorOptional;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.ScalarType;

/** EmbedLayerNormalization: the sum of up to three embeddings, normalized. */
final class Embedding {
  private Embedding() {}

  static Operator operator(NodeContext node) {
    float epsilon = node.floatAttribute("epsilon", 1e-12f);
    return call -> {
      Tensor sum = rows(call.in(2), call.in(0)).add(places(call));
      if (call.has(1) && call.has(4)) {
        sum = sum.add(rows(call.in(4), call.in(1)));
      }
      Tensor normalized =
          torch.layer_norm(
              sum,
              new long[] {sum.size(2)},
              new TensorOptional(call.in(5)),
              new TensorOptional(call.in(6)),
              epsilon,
              false);
      call.put(1, lengths(call));
      call.put(2, sum);
      return normalized;
    };
  }

  private static Tensor rows(Tensor table, Tensor ids) {
    Tensor indices = ids.to(ScalarType.Long);
    return torch
        .index_select(table, 0, indices.reshape(-1))
        .reshape(indices.size(0), indices.size(1), table.size(1));
  }

  /** {@code [batch or 1, length, width]}. */
  private static Tensor places(Call call) {
    return call.has(8)
        ? rows(call.in(3), call.in(8))
        : call.in(3).narrow(0, 0, call.dims(0)[1]).unsqueeze(0);
  }

  /** How many elements of each sequence are no padding; 0 without a mask. */
  private static Tensor lengths(Call call) {
    return call.has(7)
        ? call.in(7).sum(1).to(ScalarType.Int)
        : torch.zeros(call.dims(0)[0]).to(ScalarType.Int);
  }
}
