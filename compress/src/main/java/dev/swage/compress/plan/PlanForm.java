package dev.swage.compress.plan;

import java.util.Locale;

/** With which operators a plan is written. */
public enum PlanForm {
  /** QuantizeLinear and DequantizeLinear round ONNX's own operators. */
  QDQ,
  /** Operators on codes: QLinearConv, QLinearMatMul and ONNX Runtime's own for the rest. */
  QOPERATOR,
  /** ONNX Runtime's own operators: MatMulNBits, DynamicQuantizeMatMul, DynamicQuantizeLSTM. */
  CONTRIB;

  /** The word in plans and on the command line. */
  public String label() {
    return name().toLowerCase(Locale.ROOT);
  }
}
