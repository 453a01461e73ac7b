package dev.swage.compress;

import dev.swage.compress.WeightDecision.Quantize;
import dev.swage.graph.Prepared;
import dev.swage.onnx.Attribute;
import dev.swage.onnx.FreshNames;
import dev.swage.onnx.Graph;
import dev.swage.onnx.GraphPath;
import dev.swage.onnx.Node;
import dev.swage.onnx.OnnxModel;
import dev.swage.quant.Granularity;
import dev.swage.quant.QuantScheme;
import dev.swage.quant.RangeEstimator;
import dev.swage.tensor.Shape;
import dev.swage.tensor.Tensor;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * Carries out a plan: a pure function of model and plan. Values keep their names, so that layers
 * can be compared before and after.
 */
final class Rewriter {
  /** Of weights before they are quantized; half of what one file can hold. */
  private static final long LARGE_BYTES = 1L << 30;

  private final OnnxModel source;
  private final RangeEstimator range;
  private final CodeMemory memory;
  private final FreshNames names;
  private final Map<String, Weight> weights = new HashMap<>();
  private final boolean large;
  private final Map<GraphPath, GraphEdit> edits = new HashMap<>();
  private final Map<String, Tensor> stored = new LinkedHashMap<>();
  private final Map<String, QuantizedWeight> codes = new LinkedHashMap<>();

  private Rewriter(OnnxModel source, RangeEstimator range, CodeMemory memory) {
    this.source = source;
    this.range = range;
    this.memory = memory;
    this.names = FreshNames.of(source.graph());
    Weight.of(source.graph()).forEach(weight -> weights.put(weight.key(), weight));
    this.large =
        weights.values().stream().mapToLong(weight -> weight.tensor().byteSize()).sum()
            > LARGE_BYTES;
  }

  /**
   * Quantizes what the plan says.
   *
   * @param source in an operator set that can carry the codes: {@link #opsetOf}
   * @param memory where the codes are kept
   * @throws CompressException if a weight holds NaN or an infinity
   */
  static QuantizedModel rewrite(
      Prepared source, QuantPlan plan, RangeEstimator range, CodeMemory memory) {
    return draft(source, plan, range, memory).make();
  }

  /**
   * As {@link #rewrite}, with the codes of the main graph still to be made. Those of graphs inside
   * nodes are: they are written with the nodes.
   */
  static Draft draft(Prepared source, QuantPlan plan, RangeEstimator range, CodeMemory memory) {
    Rewriter rewriter = new Rewriter(source.model(), range, memory);
    List<Draft.Step> steps = plan.weights().stream().map(rewriter::step).toList();
    return new Draft(rewriter.model(), source, steps, rewriter.codes, rewriter.stored);
  }

  /** The operator set a plan's codes need; 0 where they need none of ONNX's own operators. */
  static long opsetOf(QuantPlan plan) {
    long opset = 0;
    for (QuantPlan.PlannedWeight weight : plan.weights()) {
      if (weight.decision() instanceof Quantize(QuantScheme scheme, WeightForm form)
          && form != WeightForm.N_BITS
          && form != WeightForm.N_BITS_TRANSPOSED) {
        opset = Math.max(opset, Opsets.of(scheme));
      }
    }
    return opset;
  }

  private Draft.Step step(QuantPlan.PlannedWeight planned) {
    Weight found = weight(planned.name());
    long before = found.tensor().byteSize();
    return switch (planned.decision()) {
      case WeightDecision.Keep keep ->
          new Draft.Step(
              Set.of(), () -> new WeightOutcome(planned, before, before, OptionalDouble.empty()));
      case Quantize quantize -> {
        WeightQuantizer quantizer = WeightQuantizer.of(found, quantize, range, memory);
        codes.put(planned.name(), quantizer.weight());
        int first = stored.size();
        Runnable fill = store(found, quantizer.weight(), quantize);
        Set<String> made = stored.keySet().stream().skip(first).collect(Collectors.toSet());
        long after = stored.values().stream().skip(first).mapToLong(Tensor::byteSize).sum();
        Draft.Step step =
            new Draft.Step(
                made,
                () -> {
                  double sqnrDb = run(quantizer, found).sqnrDb();
                  fill.run();
                  return new WeightOutcome(planned, before, after, OptionalDouble.of(sqnrDb));
                });
        if (!home(found).isMain()) {
          step.make();
        }
        yield step;
      }
    };
  }

  private Weight weight(String key) {
    Weight weight = weights.get(key);
    if (weight == null) {
      throw new CompressException(
          "the plan names weight '%s', which the model lacks".formatted(key));
    }
    return weight;
  }

  private static WeightQuantizer.Result run(WeightQuantizer quantizer, Weight weight) {
    try {
      return quantizer.run();
    } catch (IllegalArgumentException e) {
      throw new CompressException(
          "weight '%s' %s".formatted(weight.key(), nonFinite(weight.tensor(), e)), e);
    }
  }

  /** The first bad element of the whole weight; the quantizer saw a piece of it. */
  private static String nonFinite(Tensor weight, IllegalArgumentException cause) {
    for (long i = 0; i < weight.shape().elements(); i++) {
      if (!Float.isFinite(weight.getFloat(i))) {
        return "%s: element %d is %s; train again or exclude the weight"
            .formatted(weight, i, weight.getFloat(i));
      }
    }
    return "cannot be quantized: " + cause.getMessage();
  }

  /** Puts initializers in the weight's place; what fills them once the codes are made. */
  private Runnable store(Weight weight, QuantizedWeight quantized, Quantize decision) {
    String name = weight.name();
    edit(weight.path()).remove(name);
    return switch (decision.form()) {
      case AS_IS -> dequantize(weight, quantized, decision, name);
      case TRANSPOSED -> {
        String value = names.next(name + "_transposed");
        replaceProducts(weight, new GraphEdit.Dequantized(value));
        yield dequantize(weight, quantized, decision, value);
      }
      case FLATTENED, STACKED -> {
        String flat = names.next(name + "_flat");
        Runnable fill = dequantize(weight, quantized, decision, flat);
        String shape = names.next(name + "_shape");
        store(weight, shape, shapeTensor(weight.tensor().shape()));
        edit(home(weight)).add(Node.of("", "Reshape", List.of(flat, shape), name));
        yield fill;
      }
      case N_BITS, N_BITS_TRANSPOSED -> {
        NBitsNode node = NBitsNode.of(quantized, name, names, memory);
        node.initializers().forEach((key, tensor) -> store(weight, key, tensor));
        replaceProducts(weight, new GraphEdit.NBits(node));
        yield node.tensors().fill();
      }
    };
  }

  private GraphEdit edit(GraphPath path) {
    return edits.computeIfAbsent(path, at -> new GraphEdit());
  }

  /**
   * Where codes and their DequantizeLinear go, both: ONNX Runtime 1.29 does not load products it
   * could fuse with codes of a graph around. Graphs inside nodes hold their data in the model file,
   * so large weights stay where they can have a file of their own.
   */
  private GraphPath home(Weight weight) {
    return large ? weight.path() : weight.home();
  }

  /** Their names are taken nowhere else in the model. */
  private void store(Weight weight, String name, Tensor tensor) {
    stored.put(name, tensor);
    edit(home(weight)).store(name, tensor);
  }

  private void replaceProducts(Weight weight, GraphEdit.Product product) {
    weight.uses().forEach(use -> edit(use.path()).product(weight.name(), product));
  }

  private static Tensor shapeTensor(Shape shape) {
    return Tensor.ofLongs(Shape.of(shape.rank()), shape.toArray());
  }

  private Runnable dequantize(
      Weight weight, QuantizedWeight quantized, Quantize decision, String output) {
    String name = weight.name();
    StoredWeight tensors = StoredWeight.of(quantized, decision, memory);
    List<String> inputs = new ArrayList<>();
    inputs.add(names.next(name + "_quantized"));
    store(weight, inputs.getLast(), tensors.codes());
    inputs.add(names.next(name + "_scale"));
    store(weight, inputs.getLast(), tensors.scales());
    if (tensors.zeroPoints().isPresent()) {
      inputs.add(names.next(name + "_zero_point"));
      store(weight, inputs.getLast(), tensors.zeroPoints().get());
    }
    Node node = Node.of("", "DequantizeLinear", inputs, output);
    edit(home(weight))
        .add(
            switch (decision.scheme().granularity()) {
              case Granularity.PerTensor t -> node;
              case Granularity.PerChannel(int axis) -> node.with("axis", Attribute.of(axis));
              case Granularity.PerGroup(int axis, int size) ->
                  node.with("axis", Attribute.of(axis)).with("block_size", Attribute.of(size));
            });
    return tensors.fill();
  }

  private OnnxModel model() {
    Graph graph =
        GraphPath.rewrite(
            source.graph(),
            (path, inner) -> {
              GraphEdit edit = edits.get(path);
              return edit == null ? inner : edit.apply(inner, names);
            });
    OnnxModel model = source.withGraph(graph);
    boolean nBits = edits.values().stream().anyMatch(GraphEdit::needsContrib);
    return nBits ? model.withOpset(NBitsNode.DOMAIN, 1) : model;
  }
}
