package dev.swage.train.torch.op;

import dev.swage.train.torch.program.NodeContext;
import dev.swage.train.torch.program.Operator;
import java.util.Map;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;

/** Matrix products. */
final class MatrixOperators {
  private MatrixOperators() {}

  static void addTo(Map<String, Operator.Factory> table) {
    table.put("MatMul", node -> call -> torch.matmul(call.in(0), call.in(1)));
    table.put("Gemm", MatrixOperators::gemm);
  }

  /** {@code alpha·A'·B' + beta·C} with A' and B' transposed on demand. */
  private static Operator gemm(NodeContext node) {
    boolean transposeA = node.intAttribute("transA", 0) != 0;
    boolean transposeB = node.intAttribute("transB", 0) != 0;
    float alpha = node.floatAttribute("alpha", 1);
    float beta = node.floatAttribute("beta", 1);
    return call -> {
      Tensor a = transposeA ? call.in(0).t() : call.in(0);
      Tensor b = transposeB ? call.in(1).t() : call.in(1);
      if (call.has(2)) {
        return torch.addmm(call.in(2), a, b, new Scalar(beta), new Scalar(alpha));
      }
      Tensor product = torch.mm(a, b);
      return alpha == 1 ? product : product.mul(new Scalar(alpha));
    };
  }
}
