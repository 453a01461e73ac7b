package dev.swage.train.torch.op.attention;

import dev.swage.onnx.OnnxException;
import dev.swage.train.torch.program.Call;
import dev.swage.train.torch.program.NodeContext;
import java.util.Arrays;
import java.util.Optional;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.ScalarType;

/** ONNX Runtime's GroupQueryAttention: causal, with a cache of keys and values. */
final class GroupQueryAttention {
  private static final int PAST = 3;
  private static final int LENGTHS = 5;
  private static final int TOTAL = 6;
  private static final int COSINES = 7;
  private static final int PLACES = 9;
  private static final int ADDED = 10;

  private final NodeContext node;
  private final long heads;
  private final long keyHeads;
  private final boolean rotates;
  private final Rotation rotation;
  private final long window;

  GroupQueryAttention(NodeContext node) {
    this.node = node;
    this.heads = node.intAttribute("num_heads", 1);
    this.keyHeads = node.intAttribute("kv_num_heads", 1);
    this.rotates = node.intAttribute("do_rotary", 0) != 0;
    this.rotation = Rotation.inside(node.intAttribute("rotary_interleaved", 0) != 0);
    this.window = node.intAttribute("local_window_size", -1);
    if (node.intAttribute("smooth_softmax", 0) > 0 || node.has(ADDED + 1)) {
      throw node.unsupported("a softmax with a sink");
    }
  }

  /** Queries, keys and values by head. */
  private record Parts(Tensor q, Tensor k, Tensor v) {}

  Tensor run(Call call) {
    Parts parts = parts(call);
    long length = parts.q().size(2);
    long past = call.longs(TOTAL)[0] - length;
    long[] ends = call.longs(LENGTHS);
    if (past > 0 && Arrays.stream(ends).anyMatch(end -> end + 1 != past + length)) {
      throw new OnnxException(
          "%s: sequences of different lengths %s in a cache are not supported"
              .formatted(node.node().describe(), Arrays.toString(ends)));
    }
    Tensor q = parts.q();
    Tensor k = parts.k();
    if (rotates) {
      Rotation turn = rotation.turning(call.in(COSINES));
      Tensor places =
          call.has(PLACES)
              ? call.in(PLACES)
              : Mask.places(length).add(new Scalar(past)).expand(q.size(0), length);
      q = turn.apply(q, call.in(COSINES), call.in(COSINES + 1), Optional.of(places));
      k = turn.apply(k, call.in(COSINES), call.in(COSINES + 1), Optional.of(places));
    }
    Tensor keys = cached(call, 0, k, past);
    Tensor values = cached(call, 1, parts.v(), past);
    DotProduct product =
        new DotProduct(scale(q), node.floatAttribute("softcap", 0), Optional.empty());
    Tensor output =
        product.run(q, keys, values, mask(call, q, keys, past), DotProduct.Shown.NONE).output();
    return Heads.merged(output);
  }

  private double scale(Tensor q) {
    float given = node.floatAttribute("scale", 0);
    return given == 0 ? DotProduct.defaultScale(q) : given;
  }

  private Parts parts(Call call) {
    if (call.has(1)) {
      return new Parts(
          Heads.split(call.in(0), heads),
          Heads.split(call.in(1), keyHeads),
          Heads.split(call.in(2), keyHeads));
    }
    Tensor all = Heads.split(call.in(0), heads + 2 * keyHeads);
    return new Parts(
        all.narrow(1, 0, heads),
        all.narrow(1, heads, keyHeads),
        all.narrow(1, heads + keyHeads, keyHeads));
  }

  /** What was there before and what is new; the cache that is given on keeps its size. */
  private Tensor cached(Call call, int which, Tensor x, long past) {
    Tensor all = x;
    long room = 0;
    if (call.has(PAST + which)) {
      Tensor before = call.in(PAST + which);
      all = past == 0 ? x : Heads.after(before.narrow(2, 0, past), x);
      room = before.size(2);
    }
    long missing = room - all.size(2);
    call.put(
        1 + which, missing > 0 ? torch.constant_pad_nd(all, new long[] {0, 0, 0, missing}) : all);
    return all;
  }

  private Mask mask(Call call, Tensor q, Tensor k, long past) {
    Mask mask = Mask.causal(past);
    long queries = q.size(2);
    long keys = k.size(2);
    if (window > 0) {
      Tensor tooFar = Mask.triangle(queries, keys, past - window);
      mask = mask.allow(tooFar.logical_not());
    }
    if (past == 0 && queries > 1) {
      Tensor ends = call.in(LENGTHS).to(ScalarType.Long).add(new Scalar(1L));
      mask = mask.allow(Mask.upTo(ends, keys).expand(q.size(0), 1, 1, keys));
    }
    return call.has(ADDED) ? mask.add(call.in(ADDED)) : mask;
  }
}
