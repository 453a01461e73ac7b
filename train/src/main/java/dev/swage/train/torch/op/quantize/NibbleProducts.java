package dev.swage.train.torch.op.quantize;

import dev.swage.train.torch.program.Call;
import dev.swage.train.torch.program.NodeContext;
import dev.swage.train.torch.program.Operator;
import java.util.Map;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorVector;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.ScalarType;

/** MatMulNBits: a product with a weight of 2, 4 or 8 bits in blocks along its input axis. */
final class NibbleProducts {
  private final long inputs;
  private final long outputs;
  private final int bits;
  private final long block;
  private final long blocks;

  private NibbleProducts(NodeContext node) {
    this.inputs = node.intAttribute("K", 0);
    this.outputs = node.intAttribute("N", 0);
    this.bits = Math.toIntExact(node.intAttribute("bits", 4));
    this.block = node.intAttribute("block_size", 32);
    this.blocks = Math.ceilDiv(inputs, block);
    if (8 % bits != 0) {
      throw node.unsupported(bits + " bits");
    }
  }

  static void addTo(Map<String, Operator.Factory> table) {
    table.put("com.microsoft:MatMulNBits", node -> new NibbleProducts(node)::product);
  }

  private Tensor product(Call call) {
    Tensor a = call.in(0);
    Tensor product = torch.matmul(a, weight(call).to(a.scalar_type()).t());
    return call.has(5) ? product.add(call.in(5)) : product;
  }

  /** {@code [outputs, inputs]}. */
  private Tensor weight(Call call) {
    Tensor scale = call.in(2).reshape(outputs, blocks, 1);
    Tensor codes = unpacked(call.in(1)).reshape(outputs, blocks, -1).narrow(2, 0, block);
    if (call.has(4)) {
      return byIndex(codes, call, scale);
    }
    Tensor values = codes.to(scale.scalar_type()).sub(zeroPoint(call, scale)).mul(scale);
    return values.reshape(outputs, blocks * block).narrow(1, 0, inputs);
  }

  /** Where each input has the number of its block. */
  private Tensor byIndex(Tensor codes, Call call, Tensor scale) {
    Tensor index = call.in(4).narrow(0, 0, inputs).to(ScalarType.Long);
    Tensor zero = zeroPoint(call, scale).expand(outputs, blocks, 1).squeeze(2);
    Tensor flat = codes.to(scale.scalar_type()).reshape(outputs, -1).narrow(1, 0, inputs);
    return flat.sub(torch.index_select(zero, 1, index))
        .mul(torch.index_select(scale.squeeze(2), 1, index));
  }

  /** Those given, packed or not; otherwise the middle of the codes. */
  private Tensor zeroPoint(Call call, Tensor scale) {
    if (!call.has(3)) {
      return torch.full_like(scale, new Scalar((float) (1 << (bits - 1))));
    }
    Tensor given = call.in(3);
    if (given.is_floating_point()) {
      return given.reshape(outputs, blocks, 1);
    }
    return unpacked(given.reshape(outputs, -1))
        .narrow(1, 0, blocks)
        .to(scale.scalar_type())
        .unsqueeze(2);
  }

  /** The last axis with one code per element, the lowest bits of a byte first. */
  private Tensor unpacked(Tensor bytes) {
    if (bits == 8) {
      return bytes;
    }
    int each = 8 / bits;
    Tensor[] parts = new Tensor[each];
    for (int i = 0; i < each; i++) {
      Tensor shifted = torch.bitwise_right_shift(bytes, new Scalar((long) i * bits));
      parts[i] = torch.bitwise_and(shifted, new Scalar((1L << bits) - 1));
    }
    Tensor stacked = torch.stack(new TensorVector(parts), -1);
    return stacked.flatten(-2, -1);
  }
}
