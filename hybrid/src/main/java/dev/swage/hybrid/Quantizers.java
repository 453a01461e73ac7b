package dev.swage.hybrid;

import dev.swage.compress.PlannedModel;
import dev.swage.compress.plan.ModelPlan;
import dev.swage.compress.plan.NodeChoice;
import dev.swage.compress.plan.PlannedNode;
import dev.swage.compress.plan.PlannedValue;
import dev.swage.compress.plan.WeightSlot;
import dev.swage.compress.weights.WeightLayout;
import dev.swage.onnx.Graph;
import dev.swage.onnx.Node;
import dev.swage.quant.QuantParams;
import dev.swage.quant.QuantScheme;
import dev.swage.quant.Quantizer;
import dev.swage.quant.RangeEstimator;
import dev.swage.tensor.Shape;
import dev.swage.tensor.Tensor;
import dev.swage.train.quantize.QuantizerMethod;
import dev.swage.train.quantize.TrainedQuantizer;
import dev.swage.train.quantize.TrainedQuantizer.Kind;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** The quantizers that a plan becomes, for the weights and values of the main graph. */
final class Quantizers {
  private final QatOptions options;
  private final ModelPlan plan;
  private final Graph graph;
  private final Map<String, NodeChoice> choices;

  Quantizers(QatOptions options, PlannedModel planned, ModelPlan plan) {
    this.options = options;
    this.plan = plan;
    this.graph = planned.prepared().model().graph();
    this.choices = plan.choices();
  }

  List<TrainedQuantizer> all() {
    List<TrainedQuantizer> all = new ArrayList<>(weights());
    Set<String> fromCodes = fromCodes();
    Set<String> coded = coded();
    for (PlannedValue value : plan.values()) {
      if (isRead(value.name(), coded) || fromCodes.contains(value.name())) {
        all.add(activation(value, fromCodes.contains(value.name()) ? Set.of() : coded));
      }
    }
    return all;
  }

  /** Names of the nodes that read and write codes. */
  private Set<String> coded() {
    Set<String> names = new HashSet<>();
    for (Node node : graph.nodes()) {
      if (choices.get(PlannedNode.nameOf(node)) instanceof NodeChoice.Static) {
        names.add(node.name());
      }
    }
    return names;
  }

  private boolean isRead(String value, Set<String> coded) {
    return graph.nodes().stream()
        .anyMatch(node -> coded.contains(node.name()) && node.inputs().contains(value));
  }

  /** Values that all readers have from codes: those of nodes that write codes, clipped or not. */
  private Set<String> fromCodes() {
    Set<String> outputs = new HashSet<>();
    for (Node node : graph.nodes()) {
      switch (choices.get(PlannedNode.nameOf(node))) {
        case NodeChoice.Static _ -> outputs.addAll(node.outputs());
        case NodeChoice.Absorb _ -> {
          if (outputs.contains(node.input(0))) {
            outputs.addAll(node.outputs());
          }
        }
        case null, default -> {}
      }
    }
    return outputs;
  }

  private TrainedQuantizer activation(PlannedValue value, Set<String> readers) {
    return new TrainedQuantizer(
        Kind.ACTIVATION,
        value.name(),
        Shape.of(),
        value.scheme(),
        new QuantParams(
            Shape.of(), new float[] {value.codes().scale()}, new int[] {value.codes().zeroPoint()}),
        isFeed(value.group()) ? QuantizerMethod.FIXED : options.method(),
        value.group(),
        readers);
  }

  /** What data range over is known; learning it would cost a gradient by the data. */
  private boolean isFeed(String value) {
    return graph.feeds().stream().anyMatch(feed -> feed.name().equals(value));
  }

  private List<TrainedQuantizer> weights() {
    Map<String, TrainedQuantizer> quantizers = new LinkedHashMap<>();
    for (PlannedNode node : plan.nodes()) {
      for (WeightSlot slot : node.choice().slots()) {
        Tensor weight = graph.initializers().get(slot.weight());
        if (weight != null) {
          quantizers.computeIfAbsent(slot.weight(), name -> weight(name, weight, slot));
        }
      }
    }
    return List.copyOf(quantizers.values());
  }

  private TrainedQuantizer weight(String name, Tensor weight, WeightSlot slot) {
    Tensor own = WeightLayout.own(weight, slot.form());
    QuantScheme scheme = WeightLayout.ownScheme(slot);
    boolean follows = options.method() == QuantizerMethod.STE;
    RangeEstimator range =
        follows || scheme.bits() == 8 || slot.range() instanceof RangeEstimator.Given
            ? slot.range()
            : RangeEstimator.meanSquaredError();
    return new TrainedQuantizer(
        Kind.WEIGHT,
        name,
        own.shape(),
        scheme,
        Quantizer.quantize(own, scheme, range).params(),
        options.method(),
        name,
        Set.of(),
        range);
  }
}
