package dev.swage.compress.diagnose;

import dev.swage.compress.calibrate.Calibration;
import dev.swage.compress.calibrate.TensorCalibration;
import dev.swage.compress.plan.ModelPlan;
import dev.swage.compress.plan.PlannedNode;
import dev.swage.compress.plan.PlannedValue;
import dev.swage.compress.plan.WeightSlot;
import dev.swage.compress.qdq.QdqModel;
import dev.swage.onnx.Graph;
import dev.swage.onnx.GraphIndex;
import dev.swage.onnx.Node;
import dev.swage.quant.CodeCounts;
import dev.swage.quant.QuantParams;
import dev.swage.quant.QuantScheme;
import dev.swage.quant.QuantizedTensor;
import dev.swage.tensor.Tensor;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Saturation and unused codes of a value or weight.
 *
 * @param name of the value or weight
 */
public record CodeUse(String name, CodeCounts counts) {
  /** Every value that becomes codes, by its histogram: see {@link CodeCounts#of}. */
  public static List<CodeUse> ofValues(ModelPlan plan, Calibration calibration) {
    Map<String, TensorCalibration> observed = new HashMap<>();
    calibration.tensors().forEach(tensor -> observed.put(tensor.name(), tensor));
    List<CodeUse> uses = new ArrayList<>();
    for (PlannedValue value : plan.values()) {
      TensorCalibration tensor = observed.get(value.name());
      if (tensor != null) {
        CodeCounts counts =
            CodeCounts.of(tensor.statistics().histogram(), value.codes(), value.scheme());
        uses.add(new CodeUse(value.name(), counts));
      }
    }
    return List.copyOf(uses);
  }

  /**
   * Every quantized weight, exactly, as its first reader has it.
   *
   * @param prepared the graph that was planned
   */
  public static List<CodeUse> ofWeights(Graph prepared, QdqModel quantized) {
    Graph graph = quantized.model().graph();
    GraphIndex index = GraphIndex.of(graph);
    Map<String, CodeUse> uses = new LinkedHashMap<>();
    for (PlannedNode planned : quantized.plan().nodes()) {
      Node written = quantized.written().get(planned.name());
      for (WeightSlot slot : planned.choice().slots()) {
        String name = slot.weight();
        if (written == null || uses.containsKey(name)) {
          continue;
        }
        Node decode = index.producer(written.input(slot.input())).orElseThrow();
        QuantizedTensor codes = stored(graph, decode, slot.scheme());
        Tensor weight = prepared.initializers().get(name);
        if (weight != null) {
          uses.put(name, new CodeUse(name, CodeCounts.of(weight, codes)));
        }
      }
    }
    return List.copyOf(uses.values());
  }

  /** What a DequantizeLinear of constants reads. */
  private static QuantizedTensor stored(Graph graph, Node decode, QuantScheme scheme) {
    Map<String, Tensor> constants = graph.initializers();
    Tensor scales = constants.get(decode.input(1));
    Tensor zeroPoints = constants.get(decode.input(2));
    Tensor codes = constants.get(decode.input(0));
    if (scales == null || codes == null) {
      throw new IllegalArgumentException(decode.describe() + " does not read a stored weight");
    }
    int[] zeros = new int[Math.toIntExact(scales.shape().elements())];
    if (zeroPoints != null) {
      for (int i = 0; i < zeros.length; i++) {
        int code = zeroPoints.data().get(ValueLayout.JAVA_BYTE, i);
        zeros[i] = scheme.storage().isSigned() ? code : code & 0xff;
      }
    }
    return new QuantizedTensor(
        scheme, new QuantParams(scales.shape(), scales.toFloats(), zeros), codes);
  }
}
