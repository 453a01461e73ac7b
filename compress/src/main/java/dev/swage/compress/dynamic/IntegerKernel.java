package dev.swage.compress.dynamic;

/** How ONNX Runtime runs a node that was quantized dynamically. */
public enum IntegerKernel {
  /** One operator quantizes the activation, multiplies and rescales. */
  FUSED("one kernel quantizes, multiplies and rescales"),
  /** One operator multiplies and rescales; its activation is quantized once for all who read it. */
  RESCALING("one kernel multiplies and rescales codes that several nodes read"),
  /**
   * Operators of their own for each: ConvInteger and lookups, which ONNX Runtime fuses with none.
   */
  SEPARATE("integers, with kernels of their own for quantizing and rescaling"),
  /** None: the node is not in the graph as ONNX Runtime would run it. */
  NONE("computed when the file is loaded, or never");

  private final String text;

  IntegerKernel(String text) {
    this.text = text;
  }

  /** The kernel in words. */
  public String text() {
    return text;
  }

  static IntegerKernel of(String opType) {
    return switch (opType) {
      case "DynamicQuantizeMatMul", "DynamicQuantizeLSTM" -> FUSED;
      case "MatMulIntegerToFloat" -> RESCALING;
      case "MatMulInteger", "ConvInteger", "Gather" -> SEPARATE;
      default -> NONE;
    };
  }
}
