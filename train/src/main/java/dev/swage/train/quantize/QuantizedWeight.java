package dev.swage.train.quantize;

import dev.swage.onnx.Graph;
import dev.swage.onnx.Node;
import dev.swage.quant.FakeQuantizer;
import dev.swage.quant.QuantParams;
import dev.swage.tensor.DType;
import dev.swage.tensor.Tensor;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;

/**
 * A trained weight that passes through codes, and where it lies while it is trained.
 *
 * @param scales as stored
 * @param zeros zero points as stored, float32
 */
record QuantizedWeight(
    String name,
    FakeQuantize facts,
    FakeQuantizer kernel,
    MemorySegment data,
    MemorySegment scales,
    MemorySegment zeros) {
  /**
   * All of a graph.
   *
   * @param memory of what changes while training, by name
   * @param trained names of the weights that are trained
   */
  static List<QuantizedWeight> of(
      Graph graph, Map<String, MemorySegment> memory, Set<String> trained) {
    List<QuantizedWeight> weights = new ArrayList<>();
    for (Node node : graph.nodes()) {
      if (FakeQuantize.is(node) && trained.contains(node.input(0))) {
        FakeQuantize facts = FakeQuantize.of(node);
        weights.add(
            new QuantizedWeight(
                node.input(0),
                facts,
                FakeQuantizer.of(facts.shape(), facts.scheme()),
                memory(graph, memory, node.input(0)),
                memory(graph, memory, node.input(1)),
                memory(graph, memory, node.input(2))));
      }
    }
    return weights;
  }

  /** Where a value changes, or else where it lies in the graph. */
  static MemorySegment memory(Graph graph, Map<String, MemorySegment> memory, String name) {
    MemorySegment changing = memory.get(name);
    return changing != null
        ? changing
        : Objects.requireNonNull(graph.initializers().get(name), name).data();
  }

  /** Scales and zero points as they are. */
  QuantParams params() {
    return params(data, scales);
  }

  /**
   * Those with which a weight becomes codes.
   *
   * @param values the weight's elements
   * @param stored scales as stored
   */
  QuantParams params(MemorySegment values, MemorySegment stored) {
    float[] own = stored.toArray(Tensor.LE_FLOAT);
    if (facts.follows(own)) {
      return WeightRange.of(Tensor.of(DType.FLOAT32, facts.shape(), values), facts.scheme());
    }
    return QuantizerParams.of(
        facts.scheme().granularity().paramShape(facts.shape()),
        own,
        zeros.toArray(Tensor.LE_FLOAT),
        facts.scheme(),
        name);
  }
}
