package dev.swage.train.quantize;

import dev.swage.onnx.Graph;
import dev.swage.onnx.Node;
import dev.swage.quant.FakeQuantizer;
import dev.swage.quant.QuantParams;
import dev.swage.tensor.DType;
import dev.swage.tensor.HeapMemory;
import dev.swage.tensor.Tensor;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;

/**
 * Which share of the codes of trained weights a step changes. Weights whose codes go to and fro
 * late in a run oscillate about a rounding point: they learn nothing any more (Nagel et al.:
 * Overcoming oscillations in quantization-aware training, 2022).
 */
public final class CodeFlips {
  private final List<Weight> weights;

  private CodeFlips(List<Weight> weights) {
    this.weights = weights;
  }

  /** A weight and its quantizer; no scales where these follow the weight's range. */
  @SuppressWarnings("ArrayRecordComponent") // as many as scales; nobody compares these
  private record Weight(
      FakeQuantize facts,
      FakeQuantizer kernel,
      String name,
      MemorySegment data,
      Optional<MemorySegment> scales,
      float[] zeros) {
    QuantParams params(MemorySegment values, Optional<MemorySegment> scale) {
      if (scale.isEmpty()) {
        return WeightRange.of(Tensor.of(DType.FLOAT32, facts.shape(), values), facts.scheme());
      }
      return QuantizerParams.of(
          facts.scheme().granularity().paramShape(facts.shape()),
          scale.get().toArray(Tensor.LE_FLOAT),
          zeros,
          facts.scheme(),
          name);
    }
  }

  /** Weights and scales as they were. */
  private record Copy(MemorySegment data, Optional<MemorySegment> scales) {}

  /** What {@link #since} compares with. */
  public static final class Before {
    private final List<Copy> copies;

    private Before(List<Copy> copies) {
      this.copies = copies;
    }
  }

  /**
   * Looks at the quantized weights that are trained.
   *
   * @param parameters memory of what is trained, by name
   * @return empty where no trained weight passes through codes
   */
  public static Optional<CodeFlips> of(Graph graph, Map<String, MemorySegment> parameters) {
    List<Weight> weights = new ArrayList<>();
    for (Node node : graph.nodes()) {
      MemorySegment data = parameters.get(node.input(0));
      if (data != null && FakeQuantize.is(node)) {
        FakeQuantize facts = FakeQuantize.of(node);
        weights.add(
            new Weight(
                facts,
                FakeQuantizer.of(facts.shape(), facts.scheme()),
                node.input(0),
                data,
                facts.storesScale()
                    ? Optional.of(memory(graph, parameters, node.input(1)))
                    : Optional.empty(),
                initializer(graph, node.input(2)).toFloats()));
      }
    }
    return weights.isEmpty() ? Optional.empty() : Optional.of(new CodeFlips(weights));
  }

  /** Where a value is trained, or else where it lies in the graph. */
  private static MemorySegment memory(
      Graph graph, Map<String, MemorySegment> parameters, String name) {
    MemorySegment trained = parameters.get(name);
    return trained != null ? trained : initializer(graph, name).data();
  }

  private static Tensor initializer(Graph graph, String name) {
    return Objects.requireNonNull(graph.initializers().get(name), name);
  }

  /** A copy of the weights as they are. */
  public Before before() {
    return new Before(
        weights.stream()
            .map(w -> new Copy(copy(w.data()), w.scales().map(CodeFlips::copy)))
            .toList());
  }

  private static MemorySegment copy(MemorySegment of) {
    return HeapMemory.allocate(of.byteSize()).copyFrom(of);
  }

  /** The share of codes that are others now, in [0, 1]. */
  public double since(Before before) {
    long flips = 0;
    long elements = 0;
    for (int i = 0; i < weights.size(); i++) {
      Weight weight = weights.get(i);
      Copy then = before.copies.get(i);
      QuantParams was = weight.params(then.data(), then.scales());
      QuantParams is = weight.params(weight.data(), weight.scales());
      flips +=
          weight
              .kernel()
              .flips(then.data(), was.scales(), weight.data(), is.scales(), is.zeroPoints());
      elements += weight.facts().shape().elements();
    }
    return (double) flips / Math.max(1, elements);
  }
}
