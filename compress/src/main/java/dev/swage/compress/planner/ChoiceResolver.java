package dev.swage.compress.planner;

import dev.swage.compress.dynamic.DynamicForm;
import dev.swage.compress.dynamic.DynamicOptions;
import dev.swage.compress.dynamic.DynamicPlanner;
import dev.swage.compress.plan.CompressException;
import dev.swage.compress.plan.KeepReason;
import dev.swage.compress.plan.NodeChoice;
import dev.swage.compress.plan.NodeChoice.Keep;
import dev.swage.compress.plan.PlanDocument;
import dev.swage.compress.plan.PlanDocument.Entry;
import dev.swage.compress.plan.PlanDocument.Way;
import dev.swage.compress.plan.PlanDocument.Wish;
import dev.swage.compress.plan.PlannedNode;
import dev.swage.compress.plan.PlannedValue;
import dev.swage.compress.plan.WeightChoice;
import dev.swage.compress.plan.WeightSlot;
import dev.swage.compress.qdq.IntegerForms;
import dev.swage.compress.qdq.StaticSlots;
import dev.swage.onnx.GraphPath;
import dev.swage.onnx.Node;
import dev.swage.onnx.OnnxModel;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Finds what exactly a node gets of what a plan that was edited wishes of it, or that it cannot.
 */
final class ChoiceResolver {
  private static final WeightChoice USUAL = WeightChoice.parse("int8 per-channel");

  private final OnnxModel model;
  private final PlanDocument plan;
  private final IntegerForms forms;
  private final WishedWeights weights;
  private final Map<String, Node> nodes = new HashMap<>();
  private final Set<String> inMain = new HashSet<>();
  private final Map<String, Wish> wishes = new HashMap<>();
  private final Map<String, PlannedValue> values = new HashMap<>();
  private final Map<String, String> absorbed = new HashMap<>();
  private @Nullable Map<String, Keep> notDynamic;

  private ChoiceResolver(PlanDocument plan, OnnxModel model) {
    this.model = model;
    this.plan = plan;
    this.forms = IntegerForms.of(model.graph());
    this.weights = new WishedWeights(model.graph(), plan);
    GraphPath.walk(
        model.graph(),
        (path, graph) -> {
          for (Node node : graph.nodes()) {
            String name = PlannedNode.nameOf(path, node);
            nodes.put(name, node);
            if (path.isMain()) {
              inMain.add(name);
            }
          }
        });
    plan.values().forEach(value -> values.put(value.name(), value));
    for (Entry entry : plan.nodes()) {
      wishes.put(entry.node(), entry.wish());
      if (entry.wish() instanceof Wish.Absorb) {
        Node node = node(entry);
        absorbed.put(node.input(0), node.outputs().getFirst());
      }
    }
  }

  /**
   * A choice for each node of the plan.
   *
   * @param plan whose nodes the model has
   * @throws CompressException naming the first node that cannot have what is wished, why, and what
   *     it can be
   */
  static List<PlannedNode> resolve(PlanDocument plan, OnnxModel model) {
    return new ChoiceResolver(plan, model).resolve();
  }

  private List<PlannedNode> resolve() {
    plan.nodes().forEach(this::requirePossible);
    for (Entry entry : plan.nodes()) {
      if (isStatic(entry.wish())) {
        rangeless(entry).ifPresent(why -> complain(entry, "static", why));
      }
    }
    Map<String, WeightChoice> dynamic = new HashMap<>();
    for (Entry entry : plan.nodes()) {
      if (entry.wish() instanceof Wish.Quantize(Way way, Optional<WeightChoice> weight)
          && way == Way.DYNAMIC) {
        dynamic.put(entry.node(), weight.orElse(USUAL));
      }
    }
    Map<String, List<WeightSlot>> slots = DynamicPlanner.slots(model.graph(), dynamic);
    return plan.nodes().stream()
        .map(entry ->
            new PlannedNode(
                entry.node(), node(entry).opType(), choice(entry, slots), entry.expectedSqnrDb()))
        .toList();
  }

  private NodeChoice choice(Entry entry, Map<String, List<WeightSlot>> dynamic) {
    return switch (entry.wish()) {
      case Wish.Quantize(Way way, Optional<WeightChoice> weight) ->
          switch (way) {
            case STATIC -> new NodeChoice.Static(staticSlots(node(entry), weight));
            case DYNAMIC -> new NodeChoice.Dynamic(dynamic.getOrDefault(entry.node(), List.of()));
            case WEIGHT_ONLY ->
                new NodeChoice.WeightOnly(weights.slots(entry.node(), weight.orElse(USUAL)));
          };
      case Wish.Absorb(String producer) ->
          isStatic(wishes.get(producer))
              ? new NodeChoice.Absorb(producer)
              : new Keep(KeepReason.NOT_BETWEEN_CODES);
      case Wish.Keep(Keep keep) -> keep;
    };
  }

  private List<WeightSlot> staticSlots(Node node, Optional<WeightChoice> choice) {
    return forms
        .weight(node)
        .map(weight -> List.of(StaticSlots.of(node, weight, choice, plan.form())))
        .orElse(List.of());
  }

  private static boolean isStatic(@Nullable Wish wish) {
    return wish instanceof Wish.Quantize quantize && quantize.way() == Way.STATIC;
  }

  private void requirePossible(Entry entry) {
    switch (entry.wish()) {
      case Wish.Quantize(Way way, Optional<WeightChoice> weight) -> {
        switch (way) {
          case STATIC -> formless(entry).ifPresent(why -> complain(entry, "static", why));
          case DYNAMIC ->
              Optional.ofNullable(notDynamic().get(entry.node()))
                  .ifPresent(keep -> complain(entry, "dynamic", keep.text()));
          case WEIGHT_ONLY -> {
            WeightChoice choice = weight.orElse(USUAL);
            weights
                .obstacle(entry.node(), choice)
                .ifPresent(keep -> complain(entry, "weight-only " + choice, keep.text()));
          }
        }
      }
      case Wish.Absorb(String producer) ->
          notAbsorbed(entry, producer)
              .ifPresent(why -> complain(entry, "absorbed by '" + producer + "'", why));
      case Wish.Keep keep -> {}
    }
  }

  private Node node(Entry entry) {
    Node node = nodes.get(entry.node());
    if (node == null) {
      throw new IllegalStateException("not checked to be known: " + entry.node());
    }
    return node;
  }

  private void complain(Entry entry, String wish, String why) {
    List<String> ways = new ArrayList<>();
    if (formless(entry).or(() -> rangeless(entry)).isEmpty()) {
      ways.add("static");
    }
    if (!notDynamic().containsKey(entry.node())) {
      ways.add("dynamic");
    }
    if (weights.obstacle(entry.node(), USUAL).isEmpty()) {
      ways.add("weight-only");
    }
    String others = String.join(", ", ways);
    throw new CompressException(
        "the plan has node '%s' (%s) %s: %s; it can be %skept"
            .formatted(
                entry.node(),
                node(entry).opType(),
                wish,
                why,
                others.isEmpty() ? "" : others + " or "));
  }

  private Optional<String> formless(Entry entry) {
    return inMain.contains(entry.node())
        ? forms.obstacle(node(entry)).map(Keep::text)
        : Optional.of(KeepReason.IN_SUBGRAPH.text());
  }

  private Optional<String> rangeless(Entry entry) {
    return forms.codes(node(entry)).stream()
        .filter(value -> !values.containsKey(absorbed.getOrDefault(value, value)))
        .filter(value -> !values.containsKey(value))
        .findFirst()
        .map(value -> "the plan has no range for value '%s'".formatted(value));
  }

  /** Nodes that cannot compute with codes made at every run, and why. */
  private Map<String, Keep> notDynamic() {
    if (notDynamic == null) {
      DynamicOptions options =
          DynamicOptions.of(DynamicForm.of(plan.form())).withConvolutions(true);
      notDynamic = DynamicPlanner.obstacles(model.graph(), options);
    }
    return notDynamic;
  }

  /** A node that is kept after all, and with it the one that it would have absorbed, may be any. */
  private Optional<String> notAbsorbed(Entry entry, String producer) {
    if (!isStatic(wishes.get(producer))) {
      return nodes.containsKey(producer)
          ? Optional.empty()
          : Optional.of("the model has no node of that name");
    }
    Node node = node(entry);
    PlannedValue value = values.get(node.outputs().getFirst());
    return forms.absorbObstacle(node, producer, Optional.ofNullable(value));
  }
}
