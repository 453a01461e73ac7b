package dev.swage.compress.dynamic;

import dev.swage.compress.plan.PlanForm;

/** Which operators a dynamically quantized model is written with. */
public enum DynamicForm {
  /**
   * ONNX's own: DynamicQuantizeLinear, MatMulInteger, ConvInteger. ONNX Runtime fuses the products
   * of matrices into the operators of {@link #CONTRIB} when it loads the file.
   */
  STANDARD,
  /**
   * Those of ONNX Runtime ({@code com.microsoft}) where it has them: DynamicQuantizeMatMul,
   * MatMulIntegerToFloat, and DynamicQuantizeLSTM, which the standard has no counterpart for.
   */
  CONTRIB;

  /** That of a plan. */
  public static DynamicForm of(PlanForm form) {
    return form == PlanForm.CONTRIB ? CONTRIB : STANDARD;
  }
}
