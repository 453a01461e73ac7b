package dev.swage.train.torch.op.attention;

import dev.swage.onnx.WireTypes;
import dev.swage.train.torch.lib.TensorBridge;
import dev.swage.train.torch.program.Call;
import dev.swage.train.torch.program.NodeContext;
import java.util.Optional;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.ScalarType;

/** ONNX's Attention (from operator set 23 on). */
final class StandardAttention {
  private static final int MASK = 3;
  private static final int PAST = 4;
  private static final int LENGTHS = 6;
  private static final int SCORES = 3;

  private final NodeContext node;
  private final boolean causal;
  private final Optional<ScalarType> precision;
  private final DotProduct.Shown shown;

  StandardAttention(NodeContext node) {
    this.node = node;
    this.causal = node.intAttribute("is_causal", 0) != 0;
    this.precision =
        WireTypes.dtype((int) node.intAttribute("softmax_precision", 0))
            .map(TensorBridge::scalarType);
    this.shown =
        switch ((int) node.intAttribute("qk_matmul_output_mode", 0)) {
          case 0 -> DotProduct.Shown.PRODUCTS;
          case 1 -> DotProduct.Shown.CAPPED;
          case 2 -> DotProduct.Shown.MASKED;
          default -> DotProduct.Shown.PROBABILITIES;
        };
  }

  Tensor run(Call call) {
    boolean merged = call.in(0).dim() == 3;
    Tensor q = heads(call.in(0), "q_num_heads");
    Tensor k = heads(call.in(1), "kv_num_heads");
    Tensor v = heads(call.in(2), "kv_num_heads");
    long past = call.has(PAST) ? call.in(PAST).size(2) : 0;
    Tensor keys = call.has(PAST) ? Heads.after(call.in(PAST), k) : k;
    Tensor values = call.has(PAST + 1) ? Heads.after(call.in(PAST + 1), v) : v;
    call.put(1, keys);
    call.put(2, values);
    DotProduct product =
        new DotProduct(
            node.hasAttribute("scale")
                ? node.floatAttribute("scale", 1)
                : DotProduct.defaultScale(q),
            node.floatAttribute("softcap", 0),
            precision);
    DotProduct.Result result =
        product.run(
            q,
            keys,
            values,
            mask(call, q, keys.size(2), past),
            call.wants(SCORES) ? shown : DotProduct.Shown.NONE);
    result.scores().ifPresent(scores -> call.put(SCORES, scores));
    return merged ? Heads.merged(result.output()) : result.output();
  }

  private Tensor heads(Tensor x, String attribute) {
    return x.dim() == 3 ? Heads.split(x, node.intAttribute(attribute, 1)) : x;
  }

  private Mask mask(Call call, Tensor q, long keys, long past) {
    boolean external = call.has(LENGTHS) && !call.has(PAST);
    Mask mask = causal && !external ? Mask.causal(past) : Mask.none();
    if (call.has(LENGTHS)) {
      mask = mask.allow(Mask.upTo(call.in(LENGTHS), keys));
    }
    if (causal && external) {
      mask = mask.allow(upToEnd(call.in(LENGTHS), q.size(2), keys));
    }
    if (!call.has(MASK)) {
      return mask;
    }
    Tensor given = call.in(MASK);
    boolean truth = given.scalar_type().intern() == ScalarType.Bool;
    long missing = keys - given.size(-1);
    if (missing > 0) {
      double value = truth ? 0 : Double.NEGATIVE_INFINITY;
      given = torch.constant_pad_nd(given, new long[] {0, missing}, new Scalar(value));
    }
    return truth ? mask.allow(given) : mask.add(given);
  }

  /** Causal where the last query stands at the last key that there is. */
  private static Tensor upToEnd(Tensor lengths, long queries, long keys) {
    Tensor first = lengths.to(ScalarType.Long).sub(new Scalar(queries)).reshape(-1, 1, 1, 1);
    Tensor last = first.add(Mask.places(queries).reshape(queries, 1));
    return Mask.places(keys).le(last);
  }
}
