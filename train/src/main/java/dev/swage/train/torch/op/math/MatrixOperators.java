package dev.swage.train.torch.op.math;

import dev.swage.train.torch.program.Call;
import dev.swage.train.torch.program.NodeContext;
import dev.swage.train.torch.program.Operator;
import java.util.Arrays;
import java.util.Map;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorVector;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.ScalarType;

/** Matrix products, and what else is computed of matrices. */
final class MatrixOperators {
  private MatrixOperators() {}

  static void addTo(Map<String, Operator.Factory> table) {
    table.put("MatMul", node -> call -> torch.matmul(call.in(0), call.in(1)));
    table.put("dev.swage:Linear", node -> LinearLayer::apply);
    table.put("Gemm", MatrixOperators::gemm);
    table.put("Einsum", MatrixOperators::einsum);
    table.put("MatMulInteger", node -> MatrixOperators::integerProduct);
    table.put("Det", node -> call -> Widely.compute(call.in(0), torch::linalg_det));
    table.put(
        "com.microsoft:Inverse", node -> call -> Widely.compute(call.in(0), torch::linalg_inv));
    table.put("com.microsoft:FusedMatMul", MatrixOperators::fusedProduct);
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
      if (call.has(2) && a.is_floating_point()) {
        return torch.addmm(call.in(2), a, b, new Scalar(beta), new Scalar(alpha));
      }
      Tensor product = scaled(torch.mm(a, b), alpha);
      return call.has(2) ? product.add(scaled(call.in(2), beta)) : product;
    };
  }

  /** In the type of {@code x}. */
  private static Tensor scaled(Tensor x, float factor) {
    return factor == 1 ? x : x.mul(new Scalar(factor)).to(x.scalar_type());
  }

  private static Operator einsum(NodeContext node) {
    String equation = node.stringAttribute("equation", "");
    return call -> {
      Tensor[] operands = new Tensor[call.inputs()];
      Arrays.setAll(operands, call::in);
      return torch.einsum(equation, new TensorVector(operands));
    };
  }

  /** Of integers less their zero points, exactly: no sum of such products leaves float64. */
  private static Tensor integerProduct(Call call) {
    Tensor a = call.in(0).to(ScalarType.Double);
    Tensor b = call.in(1).to(ScalarType.Double);
    if (call.has(2)) {
      Tensor zero = call.in(2).to(ScalarType.Double);
      a = a.sub(zero.dim() == 1 && zero.numel() > 1 ? zero.unsqueeze(1) : zero);
    }
    if (call.has(3)) {
      b = b.sub(call.in(3).to(ScalarType.Double));
    }
    return torch.matmul(a, b).to(ScalarType.Int);
  }

  private static Operator fusedProduct(NodeContext node) {
    float alpha = node.floatAttribute("alpha", 1);
    boolean transposeA = node.intAttribute("transA", 0) != 0;
    boolean transposeB = node.intAttribute("transB", 0) != 0;
    if (node.intAttribute("transBatchA", 0) != 0 || node.intAttribute("transBatchB", 0) != 0) {
      throw node.unsupported("transBatchA or transBatchB");
    }
    return call -> {
      Tensor a = transposeA ? transposed(call.in(0)) : call.in(0);
      Tensor b = transposeB ? transposed(call.in(1)) : call.in(1);
      return scaled(torch.matmul(a, b), alpha);
    };
  }

  /** A vector stays as it is. */
  private static Tensor transposed(Tensor x) {
    return x.dim() < 2 ? x : x.transpose(-2, -1);
  }
}
