package dev.swage.compress;

import dev.swage.compress.ModelPlan.PlannedNode;
import dev.swage.compress.WeightDecision.Quantize;
import dev.swage.compress.qdq.IntegerForms;
import dev.swage.compress.qdq.NodeDecision.Keep;
import dev.swage.compress.qdq.NodeKeepReason;
import dev.swage.compress.qdq.QdqPlan;
import dev.swage.compress.qdq.QdqPlan.PlannedValue;
import dev.swage.onnx.GraphPath;
import dev.swage.onnx.Node;
import dev.swage.onnx.OnnxModel;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Whether each node can carry what a plan that was edited wants of it. */
final class ChoiceCheck {
  private static final WeightChoice USUAL = WeightChoice.parse("int8 per-channel");

  private final OnnxModel model;
  private final ModelPlan plan;
  private final IntegerForms forms;
  private final PlannedWeights weights;
  private final Map<String, Node> nodes = new HashMap<>();
  private final Set<String> inMain = new HashSet<>();
  private final Map<String, NodeChoice> choices = new HashMap<>();
  private final Map<String, PlannedValue> values = new HashMap<>();
  private final Map<String, String> absorbed = new HashMap<>();
  private final Map<String, List<String>> reads = new HashMap<>();
  private @Nullable Map<String, Keep> notDynamic;

  private ChoiceCheck(OnnxModel model, ModelPlan plan) {
    this.model = model;
    this.plan = plan;
    this.forms = IntegerForms.of(model.graph());
    this.weights = new PlannedWeights(model, plan);
    GraphPath.walk(
        model.graph(),
        (path, graph) -> {
          for (Node node : graph.nodes()) {
            String name = path.key(QdqPlan.PlannedNode.nameOf(node));
            nodes.put(name, node);
            if (path.isMain()) {
              inMain.add(name);
            }
          }
        });
    for (Weight weight : Weight.of(model.graph())) {
      for (Weight.Use use : weight.uses()) {
        reads
            .computeIfAbsent(WeightEngine.nameOf(use), name -> new ArrayList<>())
            .add(weight.key());
      }
    }
    plan.values().forEach(value -> values.put(value.name(), value));
    for (PlannedNode planned : plan.nodes()) {
      choices.put(planned.name(), planned.choice());
      Node node = node(planned);
      if (planned.choice() instanceof NodeChoice.Absorb) {
        absorbed.put(node.input(0), node.outputs().getFirst());
      }
    }
  }

  /**
   * Fails unless they can.
   *
   * @param plan whose nodes the model has
   * @throws CompressException naming the first node that cannot, why, and what it can be
   */
  static void require(ModelPlan plan, OnnxModel model) {
    new ChoiceCheck(model, plan).require();
  }

  private void require() {
    for (PlannedNode planned : plan.nodes()) {
      switch (planned.choice()) {
        case NodeChoice.Static s ->
            formless(planned).ifPresent(why -> complain(planned, "static", why));
        case NodeChoice.Dynamic d ->
            Optional.ofNullable(notDynamic().get(planned.name()))
                .ifPresent(keep -> complain(planned, "dynamic", words(keep)));
        case NodeChoice.WeightOnly(WeightChoice choice) ->
            notWeightOnly(planned, choice)
                .ifPresent(why -> complain(planned, "weight-only " + choice, why));
        case NodeChoice.Absorb(String producer) ->
            notAbsorbed(planned, producer)
                .ifPresent(why -> complain(planned, "absorbed by '" + producer + "'", why));
        case NodeChoice.Keep k -> {}
      }
    }
    for (PlannedNode planned : plan.nodes()) {
      if (planned.choice() instanceof NodeChoice.Static) {
        rangeless(planned).ifPresent(why -> complain(planned, "static", why));
      }
    }
  }

  private Node node(PlannedNode planned) {
    Node node = nodes.get(planned.name());
    if (node == null) {
      throw new IllegalStateException("not checked to be known: " + planned.name());
    }
    return node;
  }

  private void complain(PlannedNode planned, String wish, String why) {
    List<String> ways = new ArrayList<>();
    if (notStatic(planned).isEmpty()) {
      ways.add("static");
    }
    if (!notDynamic().containsKey(planned.name())) {
      ways.add("dynamic");
    }
    if (notWeightOnly(planned, USUAL).isEmpty()) {
      ways.add("weight-only");
    }
    String others = String.join(", ", ways);
    throw new CompressException(
        "the plan has node '%s' (%s) %s: %s; it can be %skept"
            .formatted(
                planned.name(),
                node(planned).opType(),
                wish,
                why,
                others.isEmpty() ? "" : others + " or "));
  }

  private Optional<String> notStatic(PlannedNode planned) {
    return formless(planned).or(() -> rangeless(planned));
  }

  private Optional<String> formless(PlannedNode planned) {
    return inMain.contains(planned.name())
        ? forms.obstacle(node(planned)).map(ChoiceCheck::words)
        : Optional.of(NodeKeepReason.IN_SUBGRAPH.text());
  }

  private Optional<String> rangeless(PlannedNode planned) {
    return forms.codes(node(planned)).stream()
        .filter(value -> !values.containsKey(absorbed.getOrDefault(value, value)))
        .filter(value -> !values.containsKey(value))
        .findFirst()
        .map(value -> "the plan has no range for value '%s'".formatted(value));
  }

  /** Nodes that cannot compute with codes made at every run, and why. */
  private Map<String, Keep> notDynamic() {
    if (notDynamic == null) {
      notDynamic = DynamicEngine.obstacles(model, plan.form());
    }
    return notDynamic;
  }

  private Optional<String> notWeightOnly(PlannedNode planned, WeightChoice choice) {
    Map<String, WeightDecision> decisions = weights.under(choice);
    List<WeightDecision> read =
        reads.getOrDefault(planned.name(), List.of()).stream()
            .map(decisions::get)
            .filter(Objects::nonNull)
            .toList();
    if (read.stream().anyMatch(Quantize.class::isInstance)) {
      return Optional.empty();
    }
    return Optional.of(
        read.stream()
            .filter(WeightDecision.Keep.class::isInstance)
            .map(WeightDecision.Keep.class::cast)
            .filter(keep -> keep.reason() != KeepReason.BIAS)
            .findFirst()
            .map(keep -> keep.reason().text(keep.detail()))
            .orElse(NodeKeepReason.NO_WEIGHT.text()));
  }

  /** A node that is kept after all, and with it the one that it would have absorbed, may be any. */
  private Optional<String> notAbsorbed(PlannedNode planned, String producer) {
    if (!(choices.get(producer) instanceof NodeChoice.Static)) {
      return nodes.containsKey(producer)
          ? Optional.empty()
          : Optional.of("the model has no node of that name");
    }
    Node node = node(planned);
    PlannedValue value = values.get(node.outputs().getFirst());
    return forms.absorbObstacle(node, producer, Optional.ofNullable(value));
  }

  private static String words(Keep keep) {
    return keep.reason().text(keep.detail());
  }
}
