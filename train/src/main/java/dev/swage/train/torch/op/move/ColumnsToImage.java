package dev.swage.train.torch.op.move;

import dev.swage.train.torch.lib.TensorBridge;
import dev.swage.train.torch.program.NodeContext;
import dev.swage.train.torch.program.Operator;
import java.util.Arrays;
import java.util.Map;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorOptions;
import org.bytedeco.pytorch.global.torch;

/** Col2Im over any number of axes: adds up what blocks have for each element of the image. */
final class ColumnsToImage {
  private ColumnsToImage() {}

  static void addTo(Map<String, Operator.Factory> table) {
    table.put("Col2Im", ColumnsToImage::operator);
  }

  /** Where blocks lie: everything by axis. */
  private static final class Blocks {
    private final long[] padded;
    private final long[] block;
    private final long[] dilation;
    private final long[] stride;

    Blocks(long[] padded, long[] block, long[] dilation, long[] stride) {
      this.padded = padded;
      this.block = block;
      this.dilation = dilation;
      this.stride = stride;
    }

    long count(int axis) {
      long covered = dilation[axis] * (block[axis] - 1) + 1;
      return (padded[axis] - covered) / stride[axis] + 1;
    }

    /** The place in the image of every element of every block, elements first. */
    long[] places() {
      long[] places = {0};
      for (int axis = 0; axis < block.length; axis++) {
        places = refined(places, axis);
      }
      return places;
    }

    /** The same with one more axis: {@code [block elements, blocks]} stays the outer order. */
    private long[] refined(long[] before, int axis) {
      long elementsBefore = GatherOperators.product(block, 0, axis);
      long blocksBefore = before.length / elementsBefore;
      long blocks = count(axis);
      long[] places = new long[Math.toIntExact(before.length * block[axis] * blocks)];
      int at = 0;
      for (int e = 0; e < elementsBefore; e++) {
        for (long k = 0; k < block[axis]; k++) {
          for (int b = 0; b < blocksBefore; b++) {
            long base = before[Math.toIntExact(e * blocksBefore + b)] * padded[axis];
            for (long l = 0; l < blocks; l++) {
              places[at++] = base + l * stride[axis] + k * dilation[axis];
            }
          }
        }
      }
      return places;
    }
  }

  private static Operator operator(NodeContext node) {
    return call -> {
      long[] image = call.longs(1);
      long[] block = call.longs(2);
      int axes = image.length;
      long[] pads = node.node().intsAttribute("pads", new long[2 * axes]);
      long[] padded = new long[axes];
      Arrays.setAll(padded, i -> image[i] + pads[i] + pads[i + axes]);
      long[] ones = new long[axes];
      Arrays.fill(ones, 1);
      Blocks blocks =
          new Blocks(
              padded,
              block,
              node.node().intsAttribute("dilations", ones),
              node.node().intsAttribute("strides", ones));
      Tensor sum = added(call.in(0), blocks);
      for (int i = 0; i < axes; i++) {
        sum = sum.narrow(i + 2, pads[i], image[i]);
      }
      return sum;
    };
  }

  /** {@code [batch, channels, padded sizes…]}. */
  private static Tensor added(Tensor x, Blocks blocks) {
    long elements = GatherOperators.product(blocks.block, 0, blocks.block.length);
    long channels = x.size(1) / elements;
    long size = GatherOperators.product(blocks.padded, 0, blocks.padded.length);
    Tensor zeros =
        torch.zeros(new long[] {x.size(0), channels, size}, new TensorOptions(x.scalar_type()));
    Tensor flat = x.reshape(x.size(0), channels, -1);
    Tensor sum = torch.index_add(zeros, 2, TensorBridge.ofLongs(blocks.places()), flat);
    long[] shape = new long[blocks.padded.length + 2];
    shape[0] = x.size(0);
    shape[1] = channels;
    System.arraycopy(blocks.padded, 0, shape, 2, blocks.padded.length);
    return sum.reshape(shape);
  }
}
