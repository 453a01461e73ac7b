package dev.swage.train.torch.op.attention;

import dev.swage.train.torch.program.Call;
import dev.swage.train.torch.program.NodeContext;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorVector;
import org.bytedeco.pytorch.global.torch;

/** ONNX Runtime's Attention: self attention with one weight for queries, keys and values. */
final class MergedAttention {
  private static final int MASK = 3;
  private static final int PAST = 4;
  private static final int BIAS = 5;

  private final NodeContext node;
  private final long heads;
  private final long[] widths;
  private final boolean causal;

  MergedAttention(NodeContext node) {
    this.node = node;
    this.heads = node.intAttribute("num_heads", 1);
    this.widths = node.node().intsAttribute("qkv_hidden_sizes");
    this.causal = node.intAttribute("unidirectional", 0) != 0;
    if (node.intAttribute("do_rotary", 0) != 0
        || node.intAttribute("past_present_share_buffer", 0) != 0) {
      throw node.unsupported("rotation inside, or a past that is written to,");
    }
  }

  Tensor run(Call call) {
    Tensor product = torch.matmul(call.in(0), call.in(1));
    Tensor merged = call.has(2) ? product.add(call.in(2)) : product;
    long[] sizes = widths.length == 3 ? widths : thirds(merged.size(2));
    Tensor q = Heads.split(merged.narrow(2, 0, sizes[0]), heads);
    Tensor k = Heads.split(merged.narrow(2, sizes[0], sizes[1]), heads);
    Tensor v = Heads.split(merged.narrow(2, sizes[0] + sizes[1], sizes[2]), heads);
    long past = 0;
    if (call.has(PAST)) {
      past = call.in(PAST).size(3);
      k = Heads.after(call.in(PAST).select(0, 0), k);
      v = Heads.after(call.in(PAST).select(0, 1), v);
    }
    if (call.wants(1)) {
      call.put(1, torch.stack(new TensorVector(k, v)));
    }
    DotProduct attention = DotProduct.of(scale(q));
    return Heads.merged(
        attention.run(q, k, v, mask(call, q, k, past), DotProduct.Shown.NONE).output());
  }

  private static long[] thirds(long width) {
    return new long[] {width / 3, width / 3, width / 3};
  }

  private double scale(Tensor q) {
    float given = node.floatAttribute("scale", 0);
    return given == 0 ? DotProduct.defaultScale(q) : given;
  }

  private Mask mask(Call call, Tensor q, Tensor k, long past) {
    Mask mask = causal ? Mask.causal(past) : Mask.none();
    if (call.has(MASK)) {
      float filter = node.floatAttribute("mask_filter_value", RuntimeMasks.FILTER);
      mask = mask.add(RuntimeMasks.added(call.in(MASK), q, k.size(2), filter));
    }
    return call.has(BIAS) ? mask.add(call.in(BIAS)) : mask;
  }
}
