package dev.swage.compress.qdq;

import dev.swage.compress.plan.ModelPlan;
import dev.swage.compress.plan.NodeChoice;
import dev.swage.compress.plan.PlannedNode;
import dev.swage.compress.plan.PlannedValue;
import dev.swage.compress.plan.WeightSlot;
import dev.swage.onnx.FreshNames;
import dev.swage.onnx.Graph;
import dev.swage.onnx.GraphIndex;
import dev.swage.onnx.Node;
import dev.swage.onnx.OnnxModel;
import dev.swage.quant.QuantScheme;
import dev.swage.quant.QuantizedTensor;
import dev.swage.quant.Quantizer;
import dev.swage.quant.RangeEstimator;
import dev.swage.tensor.Tensor;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Writes the nodes whose ranges are fixed ahead: a pure function of model and plan. A value that
 * becomes codes keeps its name for what the codes stand for, so that values can be compared before
 * and after; the floats it is made of get a new name, or keep that of the value before an absorbed
 * Relu.
 */
public final class QdqWriter {
  private final OnnxModel source;
  private final ModelPlan plan;
  private final Map<String, NodeChoice> choices;
  private final QuantScheme activations;
  private final Map<String, PlannedValue> values = new HashMap<>();
  private final Map<String, String> absorbed = new HashMap<>();
  private final Set<String> wanted;
  private final Set<String> fromCodes = new HashSet<>();
  private final Map<String, String> dequantized = new HashMap<>();
  private final Map<String, String> weights = new HashMap<>();
  private final Map<String, Node> written = new LinkedHashMap<>();
  private final ConversionNodes nodes;

  private QdqWriter(OnnxModel source, ModelPlan plan) {
    this.source = source;
    this.plan = plan;
    this.choices = plan.choices();
    this.nodes = new ConversionNodes(FreshNames.of(source.graph()));
    this.activations =
        plan.values().isEmpty() ? QdqOptions.UNSIGNED : plan.values().getFirst().scheme();
    plan.values().forEach(value -> values.put(value.name(), value));
    Set<String> coded = new HashSet<>();
    for (Node node : source.graph().nodes()) {
      if (choice(node) instanceof NodeChoice.Static) {
        coded.addAll(node.outputs());
      }
    }
    for (Node node : source.graph().nodes()) {
      if (choice(node) instanceof NodeChoice.Absorb && coded.contains(node.input(0))) {
        absorbed.put(node.input(0), node.outputs().getFirst());
      }
    }
    wanted = wanted();
  }

  private @Nullable NodeChoice choice(Node node) {
    return choices.get(PlannedNode.nameOf(node));
  }

  /** The values that quantized nodes read or write: a plan may name more, once it was edited. */
  private Set<String> wanted() {
    Set<String> wanted = new HashSet<>();
    for (Node node : source.graph().nodes()) {
      if (choice(node) instanceof NodeChoice.Static) {
        wanted.addAll(node.inputs());
        node.outputs().forEach(output -> wanted.add(absorbed.getOrDefault(output, output)));
      }
    }
    return wanted;
  }

  /**
   * Writes codes where the plan has nodes with ranges fixed ahead.
   *
   * @param source the model that was planned, in operator set 13 or later
   */
  public static QdqModel write(OnnxModel source, ModelPlan plan) {
    return new QdqWriter(source, plan).write();
  }

  private QdqModel write() {
    source.graph().feeds().forEach(feed -> encodeFloats(feed.name()));
    for (Node node : source.graph().nodes()) {
      switch (choice(node)) {
        case NodeChoice.Static(List<WeightSlot> slots) -> quantize(node, slots);
        case NodeChoice.Absorb absorb when absorbed.containsKey(node.input(0)) -> {}
        case null, default -> keep(node);
      }
    }
    return new QdqModel(source.withGraph(graph()), plan, nodes.stored(), written);
  }

  private void keep(Node node) {
    String value = node.input(0);
    PlannedValue operand = fromCodes.contains(value) ? values.get(value) : null;
    long channels = RuntimeQuantized.channels(node, source.graph());
    if (operand != null && channels > 1) {
      nodes.add(node.replaceInput(value, nodes.channelwise(operand, channels)));
    } else if (operand != null && RuntimeQuantized.isRefused(node)) {
      nodes.add(node.replaceInput(value, nodes.apart(value)));
    } else {
      nodes.add(node);
    }
    node.outputs().forEach(this::encodeFloats);
  }

  /** Codes of a value that stays as it is for those who read floats. */
  private void encodeFloats(String value) {
    PlannedValue planned = values.get(value);
    if (planned != null && wanted.contains(value)) {
      String copy = nodes.fresh(value + "_dequantized");
      nodes.pair(planned, value, copy);
      dequantized.put(value, copy);
    }
  }

  private void quantize(Node node, List<WeightSlot> slots) {
    List<String> inputs = new ArrayList<>();
    for (int i = 0; i < node.inputs().size(); i++) {
      inputs.add(operand(node, i));
    }
    for (WeightSlot slot : slots) {
      weigh(node, slot, inputs);
    }
    List<String> outputs = new ArrayList<>();
    List<Runnable> pairs = new ArrayList<>();
    for (String output : node.outputs()) {
      String value = absorbed.getOrDefault(output, output);
      PlannedValue codes = values.get(value);
      boolean renamed = codes != null && value.equals(output);
      String floats = renamed ? nodes.fresh(output + "_float") : output;
      outputs.add(floats);
      if (codes != null) {
        fromCodes.add(value);
        pairs.add(() -> nodes.pair(codes, floats, value));
      }
    }
    Node coded = rewritten(node, inputs, outputs);
    nodes.add(coded);
    written.put(PlannedNode.nameOf(node), coded);
    pairs.forEach(Runnable::run);
  }

  /** A Sum of two becomes an Add, which has an integer kernel. */
  private static Node rewritten(Node node, List<String> inputs, List<String> outputs) {
    String type = node.is("Sum") ? "Add" : node.opType();
    return new Node(node.name(), type, node.domain(), inputs, outputs, node.attributes());
  }

  /** What stands at an input in place of an activation or of a constant operand. */
  private String operand(Node node, int index) {
    String value = node.input(index);
    PlannedValue planned = values.get(value);
    if (planned != null) {
      return fromCodes.contains(value) ? value : dequantized.getOrDefault(value, value);
    }
    Tensor constant = source.graph().initializers().get(value);
    OperatorKind kind = OperatorKind.of(node);
    boolean elementwise = kind == OperatorKind.ELEMENTWISE || kind == OperatorKind.CONCAT;
    boolean factor = node.is("MatMul") && index == 0;
    return constant != null && (elementwise || factor) ? constantCodes(value, constant) : value;
  }

  /** A constant operand is held like an activation: one scale, codes of the same type. */
  private String constantCodes(String name, Tensor constant) {
    return weights.computeIfAbsent(
        name,
        key -> {
          QuantizedTensor codes =
              Quantizer.quantize(constant, activations, RangeEstimator.minMax());
          return nodes.dequantize(name, codes);
        });
  }

  private void weigh(Node node, WeightSlot slot, List<String> inputs) {
    String name = node.input(1);
    Tensor weight = initializer(name);
    Optional<Tensor> bias =
        node.input(2).isEmpty() ? Optional.empty() : Optional.of(initializer(node.input(2)));
    PlannedValue operand = values.get(node.input(0));
    if (operand == null) {
      throw new IllegalArgumentException("the plan has no codes for '" + node.input(0) + "'");
    }
    WeightCodes codes =
        WeightCodes.of(weight, slot.scheme(), slot.range(), bias, operand.codes().scale());
    // Where this node's bias changed scales, the codes are this node's own.
    inputs.set(
        1,
        codes.changed() > 0
            ? nodes.dequantize(name, codes.weight())
            : weights.computeIfAbsent(
                name + " " + slot.scheme() + " " + slot.range(),
                key -> nodes.dequantize(name, codes.weight())));
    codes.bias().ifPresent(b -> inputs.set(2, nodes.dequantizeBias(node.input(2), b)));
  }

  private Tensor initializer(String name) {
    Tensor tensor = source.graph().initializers().get(name);
    if (tensor == null) {
      throw new IllegalArgumentException("the plan is for a model with a weight '" + name + "'");
    }
    return tensor;
  }

  private Graph graph() {
    Graph.Builder builder = source.graph().toBuilder().nodes(nodes.all());
    nodes.stored().forEach(builder::initializer);
    Graph all = builder.build();
    GraphIndex index = GraphIndex.of(all);
    for (String name : source.graph().initializers().keySet()) {
      if (index.consumers(name).isEmpty() && !index.isGraphOutput(name)) {
        builder.removeInitializer(name);
      }
    }
    return builder.build();
  }
}
