package dev.swage.train.torch.op.quantize;

import dev.swage.onnx.WireTypes;
import dev.swage.tensor.DType;
import dev.swage.train.torch.lib.TensorBridge;
import dev.swage.train.torch.program.Call;
import dev.swage.train.torch.program.NodeContext;
import dev.swage.train.torch.program.Operator;
import java.util.Map;
import java.util.Optional;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch.ScalarType;

/**
 * QuantizeLinear and DequantizeLinear. Training passes straight through the rounding; a scale
 * learns from what is dequantized with it.
 */
final class LinearQuantization {
  private static final String RUNTIME = "com.microsoft:";

  private LinearQuantization() {}

  static void addTo(Map<String, Operator.Factory> table) {
    table.put("QuantizeLinear", LinearQuantization::quantize);
    table.put("DequantizeLinear", LinearQuantization::dequantize);
    table.put(RUNTIME + "QuantizeLinear", LinearQuantization::quantize);
    table.put(RUNTIME + "DequantizeLinear", LinearQuantization::dequantize);
  }

  private static Operator quantize(NodeContext node) {
    Granularity granularity = Granularity.of(node);
    Optional<DType> known = codeType(node);
    return call -> {
      Tensor x = wide(call.in(0));
      Tensor scale = wide(call.in(1)).detach();
      Optional<Tensor> zeroPoint = zeroPoint(call, granularity, x);
      DType type = known.orElseGet(() -> call.has(2) ? Codes.type(call.in(2)) : DType.UINT8);
      return Codes.of(x.div(granularity.spread(scale, x)), zeroPoint, type);
    };
  }

  /** Divisions are done in float32 at least. */
  private static Tensor wide(Tensor x) {
    return x.scalar_type().intern() == ScalarType.Double ? x : x.to(ScalarType.Float);
  }

  private static Optional<DType> codeType(NodeContext node) {
    int declared = (int) node.intAttribute("output_dtype", 0);
    return declared != 0
        ? WireTypes.dtype(declared)
        : node.has(2) ? node.type(2) : Optional.empty();
  }

  private static Optional<Tensor> zeroPoint(Call call, Granularity granularity, Tensor x) {
    return call.optional(2).map(zero -> granularity.spread(zero, x));
  }

  private static Operator dequantize(NodeContext node) {
    Granularity granularity = Granularity.of(node);
    int declared = (int) node.intAttribute("output_dtype", 0);
    return call -> {
      Tensor codes = call.in(0);
      Tensor scale = call.in(1);
      Tensor centered =
          Codes.centered(
              codes, zeroPoint(call, granularity, codes), wide(scale).scalar_type().intern());
      Tensor values = centered.mul(granularity.spread(wide(scale), codes));
      ScalarType type =
          WireTypes.dtype(declared)
              .map(TensorBridge::scalarType)
              .orElseGet(() -> scale.scalar_type().intern());
      return values.to(type);
    };
  }
}
