package dev.swage.train.quantize;

import dev.swage.onnx.Graph;
import dev.swage.onnx.Node;
import dev.swage.quant.QuantParams;
import dev.swage.quant.Quantizer;
import dev.swage.quant.ScaleZeroPoint;
import dev.swage.tensor.DType;
import dev.swage.tensor.Shape;
import dev.swage.tensor.Tensor;
import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.Map;

/**
 * Writes scales and zero points that no gradient gives: where codes begin, and where they freeze.
 */
final class QuantizerScales {
  private final Graph graph;
  private final Map<String, MemorySegment> memory;
  private final List<Node> quantizers;

  /**
   * @param memory of what changes while training, by name
   */
  QuantizerScales(Graph graph, Map<String, MemorySegment> memory) {
    this.graph = graph;
    this.memory = memory;
    this.quantizers = graph.nodes().stream().filter(FakeQuantize::is).toList();
  }

  /**
   * Lets scales begin anew: those of weights as their range estimator finds them, those of
   * activations from the ranges that were observed.
   *
   * @throws StepSizeException if a weight or a range is not finite
   */
  void begin() {
    for (Node node : quantizers) {
      FakeQuantize facts = FakeQuantize.of(node);
      if (!facts.weight()) {
        fromRange(node, facts);
      } else if (facts.storesScale()) {
        MemorySegment weight = QuantizedWeight.memory(graph, memory, node.input(0));
        requireFinite(node, weight);
        Tensor values = Tensor.of(DType.FLOAT32, facts.shape(), weight);
        write(node, Quantizer.quantize(values, facts.scheme(), facts.range()).params());
      }
    }
  }

  private void fromRange(Node node, FakeQuantize facts) {
    if (facts.observes() || node.input(FakeQuantize.RANGE).isEmpty()) {
      return; // the range is all there is, or the scale is known
    }
    float[] range =
        QuantizedWeight.memory(graph, memory, node.input(FakeQuantize.RANGE))
            .toArray(Tensor.LE_FLOAT);
    StepSizeException.require(node.input(0), range[1] - range[0]);
    ScaleZeroPoint codes = ScaleZeroPoint.of(range[0], range[1], facts.scheme());
    write(
        node,
        new QuantParams(Shape.of(), new float[] {codes.scale()}, new int[] {codes.zeroPoint()}));
  }

  /** Scales that follow a weight's range become what is stored. */
  void freeze() {
    for (Node node : quantizers) {
      FakeQuantize facts = FakeQuantize.of(node);
      if (facts.follows() && memory.containsKey(node.input(FakeQuantize.SCALE))) {
        MemorySegment weight = QuantizedWeight.memory(graph, memory, node.input(0));
        requireFinite(node, weight);
        write(
            node, WeightRange.of(Tensor.of(DType.FLOAT32, facts.shape(), weight), facts.scheme()));
      }
    }
  }

  private static void requireFinite(Node node, MemorySegment weight) {
    for (long i = 0; i < weight.byteSize() / Float.BYTES; i++) {
      float value = weight.getAtIndex(Tensor.LE_FLOAT, i);
      if (!Float.isFinite(value)) {
        throw new StepSizeException(node.input(0), 0, value);
      }
    }
  }

  private void write(Node node, QuantParams params) {
    float[] zeros = new float[params.zeroPoints().length];
    for (int i = 0; i < zeros.length; i++) {
      zeros[i] = params.zeroPoints()[i];
    }
    copy(params.scales(), node.input(FakeQuantize.SCALE));
    copy(zeros, node.input(FakeQuantize.ZERO_POINT));
  }

  private void copy(float[] values, String name) {
    MemorySegment target = java.util.Objects.requireNonNull(memory.get(name), name);
    MemorySegment.copy(values, 0, target, Tensor.LE_FLOAT, 0, values.length);
  }
}
