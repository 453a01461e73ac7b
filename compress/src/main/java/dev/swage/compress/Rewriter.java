package dev.swage.compress;

import dev.swage.compress.WeightDecision.Quantize;
import dev.swage.compress.prepare.Prepared;
import dev.swage.onnx.Attribute;
import dev.swage.onnx.Graph;
import dev.swage.onnx.Node;
import dev.swage.onnx.OnnxModel;
import dev.swage.quant.Granularity;
import dev.swage.quant.QuantScheme;
import dev.swage.quant.QuantizedTensor;
import dev.swage.quant.Quantizer;
import dev.swage.quant.RangeEstimator;
import dev.swage.run.SignalToNoise;
import dev.swage.tensor.Shape;
import dev.swage.tensor.Tensor;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;

/**
 * Carries out a plan: a pure function of model and plan. Values keep their names, so that layers
 * can be compared before and after.
 */
final class Rewriter {
  private final OnnxModel source;
  private final RangeEstimator range;
  private final Names names;
  private final Map<String, Tensor> weights = new HashMap<>();
  private final List<Node> dequantizers = new ArrayList<>();
  private final Map<String, Tensor> stored = new LinkedHashMap<>();
  private final Map<String, QuantizedTensor> codes = new LinkedHashMap<>();
  private final Map<String, ProductInputs> products = new HashMap<>();

  /** What the products that read a weight read instead. */
  private sealed interface ProductInputs {
    record Dequantized(String value) implements ProductInputs {}

    record NBits(NBitsNode node) implements ProductInputs {}
  }

  private Rewriter(OnnxModel source, RangeEstimator range) {
    this.source = source;
    this.range = range;
    this.names = new Names(source.graph());
    Weight.of(source.graph()).forEach(weight -> weights.put(weight.name(), weight.tensor()));
  }

  /**
   * Quantizes what the plan says.
   *
   * @param source in an operator set that can carry the codes: {@link #opsetOf}
   * @throws CompressException if a weight holds NaN or an infinity
   */
  static QuantizedModel rewrite(Prepared source, QuantPlan plan, RangeEstimator range) {
    Rewriter rewriter = new Rewriter(source.model(), range);
    List<WeightOutcome> outcomes = plan.weights().stream().map(rewriter::apply).toList();
    return new QuantizedModel(rewriter.model(), source, outcomes, rewriter.codes, rewriter.stored);
  }

  /** The operator set a plan's codes need; 0 where they need none of ONNX's own operators. */
  static long opsetOf(QuantPlan plan) {
    long opset = 0;
    for (QuantPlan.PlannedWeight weight : plan.weights()) {
      if (weight.decision() instanceof Quantize(QuantScheme scheme, WeightForm form)
          && form != WeightForm.N_BITS
          && form != WeightForm.N_BITS_TRANSPOSED) {
        opset = Math.max(opset, opsetOf(scheme));
      }
    }
    return opset;
  }

  private WeightOutcome apply(QuantPlan.PlannedWeight planned) {
    Tensor weight = tensor(planned.name());
    long before = weight.byteSize();
    return switch (planned.decision()) {
      case WeightDecision.Keep keep ->
          new WeightOutcome(planned, before, before, OptionalDouble.empty());
      case Quantize quantize -> {
        QuantizedTensor quantized = quantize(planned.name(), weight, quantize);
        codes.put(planned.name(), quantized);
        int first = stored.size();
        store(planned.name(), quantized, quantize.form());
        long after = stored.values().stream().skip(first).mapToLong(Tensor::byteSize).sum();
        SignalToNoise error = new SignalToNoise();
        error.add(WeightLayout.toStored(weight, quantize.form()), Quantizer.dequantize(quantized));
        yield new WeightOutcome(planned, before, after, OptionalDouble.of(error.decibels()));
      }
    };
  }

  private Tensor tensor(String name) {
    Tensor tensor = weights.get(name);
    if (tensor == null) {
      throw new CompressException(
          "the plan names weight '%s', which the model lacks".formatted(name));
    }
    return tensor;
  }

  private QuantizedTensor quantize(String name, Tensor weight, Quantize decision) {
    Tensor laidOut = WeightLayout.toStored(weight, decision.form());
    try {
      return Quantizer.quantize(laidOut, decision.scheme(), range);
    } catch (IllegalArgumentException e) {
      throw new CompressException("weight '%s' %s".formatted(name, nonFinite(weight, e)), e);
    }
  }

  /** The first bad element in the weight's own order; the quantizer saw it in the stored one. */
  private static String nonFinite(Tensor weight, IllegalArgumentException cause) {
    for (long i = 0; i < weight.shape().elements(); i++) {
      if (!Float.isFinite(weight.getFloat(i))) {
        return "%s: element %d is %s; train again or exclude the weight"
            .formatted(weight, i, weight.getFloat(i));
      }
    }
    return "cannot be quantized: " + cause.getMessage();
  }

  private void store(String name, QuantizedTensor quantized, WeightForm form) {
    switch (form) {
      case AS_IS -> dequantize(name, quantized, name);
      case TRANSPOSED -> {
        String value = names.fresh(name + "_transposed");
        dequantize(name, quantized, value);
        products.put(name, new ProductInputs.Dequantized(value));
      }
      case FLATTENED -> {
        String flat = names.fresh(name + "_flat");
        dequantize(name, quantized, flat);
        String shape = names.fresh(name + "_shape");
        stored.put(shape, shapeTensor(tensor(name).shape()));
        dequantizers.add(
            Node.of(names.fresh(name + "_reshape"), "Reshape", List.of(flat, shape), name));
      }
      case N_BITS, N_BITS_TRANSPOSED -> {
        NBitsNode node = NBitsNode.of(quantized, name, names);
        stored.putAll(node.initializers());
        products.put(name, new ProductInputs.NBits(node));
      }
    }
  }

  private static Tensor shapeTensor(Shape shape) {
    return Tensor.ofLongs(Shape.of(shape.rank()), shape.toArray());
  }

  private void dequantize(String name, QuantizedTensor quantized, String output) {
    QuantScheme scheme = quantized.scheme();
    List<String> inputs = new ArrayList<>();
    inputs.add(names.fresh(name + "_quantized"));
    stored.put(inputs.getLast(), quantized.codes());
    inputs.add(names.fresh(name + "_scale"));
    stored.put(
        inputs.getLast(), Tensor.ofFloats(quantized.params().shape(), quantized.params().scales()));
    if (!scheme.symmetric()) {
      inputs.add(names.fresh(name + "_zero_point"));
      stored.put(
          inputs.getLast(),
          Bytes.pack(
              scheme.storage(), quantized.params().shape(), quantized.params().zeroPoints()));
    }
    Node node = Node.of(names.fresh(name + "_dequantize"), "DequantizeLinear", inputs, output);
    dequantizers.add(
        switch (scheme.granularity()) {
          case Granularity.PerTensor t -> node;
          case Granularity.PerChannel(int axis) -> node.with("axis", Attribute.of(axis));
          case Granularity.PerGroup(int axis, int size) ->
              node.with("axis", Attribute.of(axis)).with("block_size", Attribute.of(size));
        });
  }

  /** The operator set whose DequantizeLinear first takes this. */
  private static long opsetOf(QuantScheme scheme) {
    return switch (scheme.storage()) {
      case INT2, UINT2 -> 25;
      case INT4, UINT4 -> 21;
      default -> scheme.granularity() instanceof Granularity.PerGroup ? 21 : 13;
    };
  }

  private OnnxModel model() {
    Graph graph = source.graph();
    List<Node> nodes = new ArrayList<>(dequantizers);
    for (Node node : graph.nodes()) {
      boolean replaced = node.is("Constant") && codes.containsKey(node.outputs().getFirst());
      if (!replaced) {
        nodes.addAll(rewritten(node));
      }
    }
    Graph.Builder builder =
        graph.toBuilder()
            .nodes(nodes)
            .inputs(graph.inputs().stream().filter(in -> !codes.containsKey(in.name())).toList());
    codes.keySet().forEach(builder::removeInitializer);
    stored.forEach(builder::initializer);
    OnnxModel model = source.withGraph(builder.build());
    boolean nBits = products.values().stream().anyMatch(ProductInputs.NBits.class::isInstance);
    return nBits ? model.withOpset(NBitsNode.DOMAIN, 1) : model;
  }

  private List<Node> rewritten(Node node) {
    return switch (products.get(node.input(1))) {
      case ProductInputs.Dequantized(String value) -> List.of(untransposed(node, value));
      case ProductInputs.NBits(NBitsNode replacement) -> replacement.replace(node, names);
      case null -> List.of(node);
    };
  }

  private static Node untransposed(Node gemm, String weight) {
    List<String> inputs = new ArrayList<>(gemm.inputs());
    inputs.set(1, weight);
    Map<String, Attribute> attributes = new LinkedHashMap<>(gemm.attributes());
    attributes.remove("transB");
    return new Node(gemm.name(), gemm.opType(), gemm.domain(), inputs, gemm.outputs(), attributes);
  }
}
