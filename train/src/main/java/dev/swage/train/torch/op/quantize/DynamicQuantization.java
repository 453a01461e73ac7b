package dev.swage.train.torch.op.quantize;

import dev.swage.tensor.DType;
import dev.swage.train.torch.program.Call;
import dev.swage.train.torch.program.Operator;
import java.util.Map;
import java.util.Optional;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.ScalarOptional;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.ScalarType;

/** Codes over the range that a tensor has in this run. Its scale is taken as given in training. */
final class DynamicQuantization {
  private DynamicQuantization() {}

  /** UINT8 codes, their scale and their zero point. */
  record Quantized(Tensor codes, Tensor scale, Tensor zeroPoint) {
    static Quantized of(Tensor x) {
      Tensor values = x.detach();
      Tensor least = torch.min(values).minimum(torch.zeros());
      Tensor most = torch.max(values).maximum(torch.zeros());
      Tensor range = most.sub(least).div(new Scalar(255f));
      Tensor scale = torch.where(range.eq(new Scalar(0f)), torch.ones_like(range), range);
      Tensor zero =
          torch.clamp(
              torch.round(least.neg().div(scale)),
              new ScalarOptional(new Scalar(0f)),
              new ScalarOptional(new Scalar(255f)));
      Tensor codes = Codes.of(x.div(scale), Optional.of(zero), DType.UINT8);
      return new Quantized(codes, scale, zero.to(ScalarType.Byte));
    }

    Tensor centered() {
      return Codes.centered(codes, Optional.of(zeroPoint), ScalarType.Float);
    }
  }

  static void addTo(Map<String, Operator.Factory> table) {
    table.put("DynamicQuantizeLinear", node -> DynamicQuantization::quantize);
    table.put("com.microsoft:DynamicQuantizeMatMul", node -> DynamicQuantization::product);
  }

  private static Tensor quantize(Call call) {
    Quantized quantized = Quantized.of(call.in(0));
    call.put(1, quantized.scale());
    call.put(2, quantized.zeroPoint());
    return quantized.codes();
  }

  /** A product of codes made here with a weight's. */
  private static Tensor product(Call call) {
    Quantized a = Quantized.of(call.in(0));
    Tensor b = Codes.centered(call.in(1), call.optional(3), ScalarType.Float);
    Tensor y = torch.matmul(a.centered(), b).mul(a.scale()).mul(call.in(2));
    return call.has(4) ? y.add(call.in(4)) : y;
  }
}
