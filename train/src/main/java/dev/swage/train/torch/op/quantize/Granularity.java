package dev.swage.train.torch.op.quantize;

import dev.swage.train.torch.program.NodeContext;
import java.util.Arrays;
import org.bytedeco.pytorch.LongOptional;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;

/**
 * What one scale is for: the whole tensor, a slice along an axis, or a block of elements along it.
 *
 * @param axis the axis, for a scale with more than one element
 * @param block how many elements along the axis have a scale in common; 0 where there are no blocks
 */
record Granularity(long axis, long block) {
  static Granularity of(NodeContext node) {
    return new Granularity(node.intAttribute("axis", 1), node.intAttribute("block_size", 0));
  }

  /** A scale or zero point in a shape that goes with {@code x} element by element. */
  Tensor spread(Tensor scale, Tensor x) {
    if (scale.numel() == 1 && block == 0) {
      return scale.reshape();
    }
    int rank = Math.toIntExact(x.dim());
    int along = Math.toIntExact(axis < 0 ? axis + rank : axis);
    if (block > 0) {
      return torch
          .repeat_interleave(scale, block, new LongOptional(along), new LongOptional())
          .narrow(along, 0, x.size(along));
    }
    if (scale.dim() != 1) {
      return scale;
    }
    long[] shape = new long[rank];
    Arrays.fill(shape, 1);
    shape[along] = scale.size(0);
    return scale.reshape(shape);
  }
}
