package dev.swage.train.torch.op.quantize;

import dev.swage.tensor.DType;
import dev.swage.train.torch.program.Call;
import dev.swage.train.torch.program.NodeContext;
import dev.swage.train.torch.program.Operator;
import java.util.Map;
import java.util.Optional;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.ScalarType;

/** Matrix products of codes: exact, for float64 holds every sum of them. */
final class IntegerProducts {
  private static final String RUNTIME = "com.microsoft:";

  private IntegerProducts() {}

  static void addTo(Map<String, Operator.Factory> table) {
    table.put("MatMulInteger", node -> IntegerProducts::matMulInteger);
    table.put("QLinearMatMul", IntegerProducts::quantizedMatMul);
    table.put(RUNTIME + "MatMulIntegerToFloat", node -> IntegerProducts::toFloat);
    table.put(RUNTIME + "QLinearAdd", node -> elementWise(node, false));
    table.put(RUNTIME + "QLinearMul", node -> elementWise(node, true));
  }

  private static Tensor matMulInteger(Call call) {
    Tensor a = centered(call.in(0), call.optional(2), true);
    Tensor b = centered(call.in(1), call.optional(3), false);
    return torch.matmul(a, b).to(ScalarType.Int);
  }

  /** One zero point for the whole, for a row of the first operand, or a column of the second. */
  private static Tensor centered(Tensor codes, Optional<Tensor> zeroPoint, boolean byRow) {
    return Codes.centered(
        codes, zeroPoint.map(zero -> byRow ? byRow(zero) : zero), ScalarType.Double);
  }

  private static Tensor byRow(Tensor x) {
    return x.dim() == 1 && x.numel() > 1 ? x.unsqueeze(-1) : x;
  }

  private static Operator quantizedMatMul(NodeContext node) {
    Optional<DType> known = node.type(7);
    return call -> {
      Tensor a = centered(call.in(0), call.optional(2), true);
      Tensor b = centered(call.in(3), call.optional(5), false);
      Tensor factor =
          byRow(single(call, 1)).mul(single(call, 4)).div(single(call, 6)).to(ScalarType.Double);
      DType type = known.orElseGet(() -> Codes.type(call.in(7)));
      return Codes.of(torch.matmul(a, b).mul(factor), call.optional(7), type);
    };
  }

  private static Tensor single(Call call, int input) {
    return call.in(input).to(ScalarType.Float);
  }

  /** A, B, their scales, their zero points, bias. */
  private static Tensor toFloat(Call call) {
    Tensor a = centered(call.in(0), call.optional(4), true);
    Tensor b = centered(call.in(1), call.optional(5), false);
    Tensor factor = byRow(call.in(2)).mul(call.in(3));
    Tensor y = torch.matmul(a, b).to(ScalarType.Float).mul(factor);
    return call.has(6) ? y.add(call.in(6)) : y;
  }

  /** A and B, each with scale and zero point, then scale and zero point of the result. */
  private static Operator elementWise(NodeContext node, boolean product) {
    Optional<DType> known = node.has(7) ? node.type(7) : node.type(0);
    return call -> {
      Tensor a = Codes.centered(call.in(0), call.optional(2), ScalarType.Float).mul(call.in(1));
      Tensor b = Codes.centered(call.in(3), call.optional(5), ScalarType.Float).mul(call.in(4));
      Tensor y = product ? a.mul(b) : a.add(b);
      DType type = known.orElseGet(() -> Codes.type(call.in(call.has(7) ? 7 : 0)));
      return Codes.of(y.div(call.in(6)), call.optional(7), type);
    };
  }
}
