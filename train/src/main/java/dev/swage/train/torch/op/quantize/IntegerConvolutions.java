package dev.swage.train.torch.op.quantize;

import dev.swage.tensor.DType;
import dev.swage.train.torch.lib.TensorBridge;
import dev.swage.train.torch.program.NodeContext;
import dev.swage.train.torch.program.Operator;
import java.util.Arrays;
import java.util.Map;
import java.util.Optional;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorOptional;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.ScalarType;

/** Convolutions of codes: exact, for float64 holds every sum of them. */
final class IntegerConvolutions {
  private final NodeContext node;

  private IntegerConvolutions(NodeContext node) {
    this.node = node;
  }

  static void addTo(Map<String, Operator.Factory> table) {
    table.put("ConvInteger", node -> new IntegerConvolutions(node).plain());
    table.put("QLinearConv", node -> new IntegerConvolutions(node).quantized());
  }

  private Operator plain() {
    return call -> {
      Tensor x = Codes.centered(call.in(0), call.optional(2), ScalarType.Double);
      Tensor w = weight(call.in(1), call.optional(3));
      return convolved(x, w).to(ScalarType.Int);
    };
  }

  private Operator quantized() {
    Optional<DType> known = node.type(7);
    return call -> {
      Tensor x = Codes.centered(call.in(0), call.optional(2), ScalarType.Double);
      Tensor w = weight(call.in(3), call.optional(5));
      Tensor sum = convolved(x, w);
      if (call.has(8)) {
        sum = sum.add(byChannel(call.in(8).to(ScalarType.Double), sum));
      }
      Tensor factor = call.in(1).mul(call.in(4)).div(call.in(6)).to(ScalarType.Double);
      DType type = known.orElseGet(() -> Codes.type(call.in(7)));
      return Codes.of(sum.mul(byChannel(factor, sum)), call.optional(7), type);
    };
  }

  /** One zero point, or one for each channel of the output. */
  private static Tensor weight(Tensor codes, Optional<Tensor> zeroPoint) {
    Optional<Tensor> spread =
        zeroPoint.map(zero -> {
          long[] shape = new long[Math.toIntExact(codes.dim())];
          Arrays.fill(shape, 1);
          shape[0] = zero.numel();
          return zero.reshape(shape);
        });
    return Codes.centered(codes, spread, ScalarType.Double);
  }

  private static Tensor byChannel(Tensor values, Tensor y) {
    long[] shape = new long[Math.toIntExact(y.dim())];
    Arrays.fill(shape, 1);
    shape[1] = values.numel();
    return values.reshape(shape);
  }

  private Tensor convolved(Tensor x, Tensor w) {
    int axes = Math.toIntExact(x.dim() - 2);
    long[] ones = new long[axes];
    Arrays.fill(ones, 1);
    long[] strides = node.node().intsAttribute("strides", ones);
    long[] dilations = node.node().intsAttribute("dilations", ones);
    long[] pads = pads(x, w, strides, dilations);
    long[] backwards = new long[2 * axes];
    for (int i = 0; i < axes; i++) {
      backwards[2 * (axes - 1 - i)] = pads[i];
      backwards[2 * (axes - 1 - i) + 1] = pads[i + axes];
    }
    Tensor padded = torch.constant_pad_nd(x, backwards);
    long groups = node.intAttribute("group", 1);
    long[] none = new long[axes];
    return torch.convolution(
        padded, w, new TensorOptional(), strides, none, dilations, false, none, groups);
  }

  private long[] pads(Tensor x, Tensor w, long[] strides, long[] dilations) {
    int axes = strides.length;
    String auto = node.stringAttribute("auto_pad", "NOTSET");
    if (!auto.startsWith("SAME")) {
      return auto.equals("VALID")
          ? new long[2 * axes]
          : node.node().intsAttribute("pads", new long[2 * axes]);
    }
    long[] pads = new long[2 * axes];
    long[] sizes = TensorBridge.dims(x);
    for (int i = 0; i < axes; i++) {
      long covered = (w.size(i + 2) - 1) * dilations[i] + 1;
      long outputs = Math.ceilDiv(sizes[i + 2], strides[i]);
      long total = Math.max(0, (outputs - 1) * strides[i] + covered - sizes[i + 2]);
      pads[i] = auto.equals("SAME_UPPER") ? total / 2 : total - total / 2;
      pads[i + axes] = total - pads[i];
    }
    return pads;
  }
}
