package dev.swage.train.torch.op.math;

import dev.swage.train.torch.program.Call;
import dev.swage.train.torch.program.Operator;
import java.util.Map;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;

/** Activations of ONNX Runtime's own domain. */
final class FusedActivations {
  private FusedActivations() {}

  static void addTo(Map<String, Operator.Factory> table) {
    table.put("com.microsoft:Gelu", node -> call -> torch.gelu(call.in(0), "none"));
    table.put("com.microsoft:BiasGelu", node -> call -> torch.gelu(biased(call), "none"));
    table.put("com.microsoft:FastGelu", node -> call -> torch.gelu(biased(call), "tanh"));
    table.put(
        "com.microsoft:QuickGelu",
        node -> {
          float alpha = node.floatAttribute("alpha", 1.702f);
          return call -> ActivationOperators.swish(call.in(0), alpha);
        });
  }

  private static Tensor biased(Call call) {
    return call.has(1) ? call.in(0).add(call.in(1)) : call.in(0);
  }
}
