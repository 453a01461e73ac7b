package dev.swage.train.torch.op.norm;

import dev.swage.train.torch.op.math.Roots;
import dev.swage.train.torch.op.math.Widely;
import dev.swage.train.torch.program.NodeContext;
import dev.swage.train.torch.program.Operator;
import java.util.Map;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.ScalarTypeOptional;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorOptional;
import org.bytedeco.pytorch.global.torch;

/** Normalization of channels and of groups of them, by the neighbours of each, and by norms. */
final class ChannelNormalizations {
  private ChannelNormalizations() {}

  static void addTo(Map<String, Operator.Factory> table) {
    table.put("InstanceNormalization", ChannelNormalizations::instanceNorm);
    table.put("GroupNormalization", ChannelNormalizations::groupNorm);
    table.put("LpNormalization", ChannelNormalizations::lpNorm);
    table.put("MeanVarianceNormalization", ChannelNormalizations::meanVariance);
    table.put("LRN", ChannelNormalizations::localResponse);
  }

  private static Operator instanceNorm(NodeContext node) {
    float epsilon = node.floatAttribute("epsilon", 1e-5f);
    return call ->
        torch.instance_norm(
            call.in(0),
            new TensorOptional(call.in(1)),
            new TensorOptional(call.in(2)),
            new TensorOptional(),
            new TensorOptional(),
            true,
            0,
            epsilon,
            false);
  }

  /** Scale and bias are one for each group before operator set 21, for each channel since. */
  private static Operator groupNorm(NodeContext node) {
    float epsilon = node.floatAttribute("epsilon", 1e-5f);
    long groups = node.intAttribute("num_groups", 1);
    boolean perGroup = node.opset() < 21;
    return call -> {
      long channels = call.in(0).size(1);
      Tensor scale = perGroup ? perChannel(call.in(1), channels) : call.in(1);
      Tensor bias = perGroup ? perChannel(call.in(2), channels) : call.in(2);
      return torch.group_norm(
          call.in(0), groups, new TensorOptional(scale), new TensorOptional(bias), epsilon, false);
    };
  }

  private static Tensor perChannel(Tensor perGroup, long channels) {
    long groups = perGroup.numel();
    return perGroup.reshape(groups, 1).expand(groups, channels / groups).reshape(channels);
  }

  /** Of what has norm 0, 0. */
  private static Operator lpNorm(NodeContext node) {
    long axis = node.intAttribute("axis", -1);
    long p = node.intAttribute("p", 2);
    if (p != 1 && p != 2) {
      throw node.unsupported("p = " + p);
    }
    return call -> Widely.compute(call.in(0), x -> x.div(norm(x, axis, p)));
  }

  private static Tensor norm(Tensor x, long axis, long p) {
    Tensor powers = p == 1 ? x.abs() : x.mul(x);
    Tensor sum = torch.sum(powers, new long[] {axis}, true, new ScalarTypeOptional());
    Tensor norm = p == 1 ? sum : Roots.sqrt(sum);
    return norm.masked_fill(norm.eq(new Scalar(0L)), new Scalar(1f));
  }

  private static Operator meanVariance(NodeContext node) {
    long[] axes = node.node().intsAttribute("axes", 0, 2, 3);
    return call -> Widely.compute(call.in(0), x -> centred(x, axes));
  }

  private static Tensor centred(Tensor x, long[] axes) {
    Tensor centred = x.sub(torch.mean(x, axes, true, new ScalarTypeOptional()));
    Tensor variance = torch.mean(centred.mul(centred), axes, true, new ScalarTypeOptional());
    return centred.div(Roots.sqrt(variance).add(new Scalar(1e-9)));
  }

  /** {@code x / (bias + alpha/size · sum of the squares of size channels around)^beta}. */
  private static Operator localResponse(NodeContext node) {
    long size = node.intAttribute("size", 1);
    double alpha = node.floatAttribute("alpha", 1e-4f) / (double) size;
    float beta = node.floatAttribute("beta", 0.75f);
    float bias = node.floatAttribute("bias", 1);
    return call ->
        Widely.compute(
            call.in(0), x -> x.div(torch.pow(base(x, size, alpha, bias), new Scalar(beta))));
  }

  private static Tensor base(Tensor x, long size, double alpha, double bias) {
    long[] pads = new long[2 * Math.toIntExact(x.dim() - 1)];
    pads[pads.length - 2] = (size - 1) / 2;
    pads[pads.length - 1] = size - 1 - (size - 1) / 2;
    Tensor squares = torch.constant_pad_nd(x.mul(x), pads, new Scalar(0f));
    Tensor sums = squares.unfold(1, size, 1).sum(-1);
    return sums.mul(new Scalar(alpha)).add(new Scalar(bias));
  }
}
