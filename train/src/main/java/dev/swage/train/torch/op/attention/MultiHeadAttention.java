package dev.swage.train.torch.op.attention;

import dev.swage.train.torch.program.Call;
import dev.swage.train.torch.program.NodeContext;
import org.bytedeco.pytorch.Tensor;

/** ONNX Runtime's MultiHeadAttention: queries, keys and values separate, or packed by head. */
final class MultiHeadAttention {
  private static final int BIAS = 3;
  private static final int PADDING = 4;
  private static final int ADDED = 5;
  private static final int PAST = 6;
  private static final int SCORES = 3;

  private final NodeContext node;
  private final long heads;
  private final boolean causal;

  MultiHeadAttention(NodeContext node) {
    this.node = node;
    this.heads = node.intAttribute("num_heads", 1);
    this.causal = node.intAttribute("unidirectional", 0) != 0;
  }

  Tensor run(Call call) {
    Tensor q = query(call);
    Tensor k = withBias(call, keys(call, 0), 1, q.size(3) * heads);
    Tensor v = withBias(call, keys(call, 1), 2, 2 * q.size(3) * heads);
    q = withBias(call, q, 0, 0);
    long past = 0;
    if (call.has(PAST)) {
      past = call.in(PAST).size(2);
      k = Heads.after(call.in(PAST), k);
      v = Heads.after(call.in(PAST + 1), v);
    }
    call.put(1, k);
    call.put(2, v);
    float given = node.floatAttribute("scale", 0);
    DotProduct product = DotProduct.of(given == 0 ? DotProduct.defaultScale(q) : given);
    DotProduct.Shown shown =
        call.wants(SCORES) ? DotProduct.Shown.PROBABILITIES : DotProduct.Shown.NONE;
    DotProduct.Result result = product.run(q, k, v, mask(call, q, k, past), shown);
    result.scores().ifPresent(scores -> call.put(SCORES, scores));
    return Heads.merged(result.output());
  }

  /** {@code [batch, length, width]}, or packed {@code [batch, length, heads, 3, width]}. */
  private Tensor query(Call call) {
    Tensor x = call.in(0);
    return x.dim() == 5 ? x.select(3, 0).transpose(1, 2) : Heads.split(x, heads);
  }

  /** Keys or values: packed with the queries, packed with each other, merged, or by head. */
  private Tensor keys(Call call, int which) {
    if (!call.has(1)) {
      return call.in(0).select(3, 1 + which).transpose(1, 2);
    }
    if (call.in(1).dim() == 5) {
      return call.in(1).select(3, which).transpose(1, 2);
    }
    Tensor x = call.in(1 + which);
    return x.dim() == 4 ? x : Heads.split(x, heads);
  }

  private Tensor withBias(Call call, Tensor x, int which, long from) {
    if (!call.has(BIAS) || (which > 0 && call.has(1) && call.in(1).dim() == 4)) {
      return x;
    }
    long width = x.size(1) * x.size(3);
    return x.add(call.in(BIAS).narrow(0, from, width).reshape(1, x.size(1), 1, x.size(3)));
  }

  private Mask mask(Call call, Tensor q, Tensor k, long past) {
    Mask mask = causal ? Mask.causal(past) : Mask.none();
    if (call.has(PADDING)) {
      float filter = node.floatAttribute("mask_filter_value", RuntimeMasks.FILTER);
      mask = mask.add(RuntimeMasks.added(call.in(PADDING), q, k.size(2), filter));
    }
    return call.has(ADDED) ? mask.add(call.in(ADDED)) : mask;
  }
}
