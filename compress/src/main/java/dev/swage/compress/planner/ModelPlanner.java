package dev.swage.compress.planner;

import dev.swage.compress.calibrate.Calibration;
import dev.swage.compress.dynamic.DynamicOptions;
import dev.swage.compress.plan.Assignment;
import dev.swage.compress.plan.CompressException;
import dev.swage.compress.plan.ModelPlan;
import dev.swage.compress.plan.NodeChoice;
import dev.swage.compress.plan.NodeChoice.Keep;
import dev.swage.compress.plan.Objective;
import dev.swage.compress.plan.PlanForm;
import dev.swage.compress.plan.PlannedNode;
import dev.swage.compress.plan.PlannedValue;
import dev.swage.compress.qdq.QdqOptions;
import dev.swage.compress.weights.Weight;
import dev.swage.compress.weights.WeightErrors;
import dev.swage.compress.weights.WeightOptions;
import dev.swage.compress.weights.WeightPlanner.Decision;
import dev.swage.onnx.Graph;
import dev.swage.quant.RangeEstimator;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Decides what becomes of each node: asks every way of quantizing there is in a mode, best first,
 * and takes the first that a node can be quantized in, unless something else is decided of it.
 */
public final class ModelPlanner {
  private final SourceModel source;
  private final Header header;
  private final Excluded excluded;
  private final List<Way> ways = new ArrayList<>();
  private final WeightErrors errors;
  private final List<Weight> weights;
  private Optional<WeightWay> weightWay = Optional.empty();

  /**
   * What a plan says besides its nodes.
   *
   * @param range how activations' ranges are chosen, in a word; empty where there are none
   * @param weightRange what range of its values a weight's codes cover, where it is quantized alone
   */
  public record Header(
      Objective objective, PlanForm form, String range, RangeEstimator weightRange) {}

  /** Which nodes go a way that nothing is decided of. */
  private enum Open {
    ALL,
    TABLES,
    NONE
  }

  /** A way, and what goes it. */
  private record Way(WayPlanner planner, Open open) {
    boolean takes(PlannedNode node, Assignment given) {
      return switch (open) {
        case ALL -> true;
        case TABLES -> node.operator().equals("Gather") || isDecided(node, given);
        case NONE -> isDecided(node, given);
      };
    }

    private static boolean isDecided(PlannedNode node, Assignment given) {
      return given.choice(node.name()).filter(NodeChoice::isQuantized).isPresent();
    }
  }

  /**
   * A planner without ways: it keeps every node.
   *
   * @param errors what codes of weights lose: planners of one model may share it
   */
  public ModelPlanner(SourceModel source, Header header, Excluded excluded, WeightErrors errors) {
    this.source = source;
    this.header = header;
    this.excluded = excluded;
    this.errors = errors;
    this.weights = Weight.of(source.model().graph());
  }

  /** Adds the way of fixed ranges, behind those added before. */
  public ModelPlanner withStatic(Calibration calibration, QdqOptions options) {
    Graph graph = source.model().graph();
    WayPlanner way =
        new StaticWay(graph, calibration, options, excluded.nodesAndReadersKept(), errors);
    ways.add(new Way(way, Open.ALL));
    return this;
  }

  /** Adds the way of ranges that are measured at every run. */
  public ModelPlanner withDynamic(DynamicOptions options) {
    return withDynamic(options, Open.ALL);
  }

  /** The same for tables alone, whose rows are looked up as codes; others go it if told to. */
  public ModelPlanner withDynamicTables(DynamicOptions options) {
    return withDynamic(options, Open.TABLES);
  }

  private ModelPlanner withDynamic(DynamicOptions options, Open open) {
    Graph graph = source.model().graph();
    WayPlanner way = new DynamicWay(graph, options, excluded.nodesAndReadersKept(), errors);
    ways.add(new Way(way, open));
    return this;
  }

  /** Adds the way of weights alone; there may be several, of other widths. */
  public ModelPlanner withWeights(WeightOptions options) {
    WeightWay way = new WeightWay(source.model().graph(), options, excluded, errors);
    ways.add(new Way(way, Open.ALL));
    weightWay = weightWay.or(() -> Optional.of(way));
    return this;
  }

  /** The same for nodes that are told to go it, and no others. */
  public ModelPlanner withSpareWeights(WeightOptions options) {
    WeightWay way = new WeightWay(source.model().graph(), options, excluded, errors);
    ways.add(new Way(way, Open.NONE));
    return this;
  }

  /**
   * All ways in which each node can be quantized, best first, if nothing else is; nodes that can go
   * none are not there. Any of the choices may be assigned in {@link #plan}.
   *
   * @throws CompressException as {@link #plan}
   */
  public Map<String, List<PlannedNode>> ways() {
    Map<String, List<PlannedNode>> all = new LinkedHashMap<>();
    for (Way way : ways) {
      for (PlannedNode node : way.planner().propose(Assignment.none()).nodes()) {
        if (node.choice().isQuantized()) {
          all.computeIfAbsent(node.name(), name -> new ArrayList<>()).add(node);
        }
      }
    }
    return all;
  }

  /**
   * The plan.
   *
   * @param given what is decided of nodes
   * @throws CompressException if a weight that is to be quantized holds NaN or infinities
   */
  public ModelPlan plan(Assignment given) {
    Map<String, PlannedNode> nodes = new LinkedHashMap<>();
    Map<String, Map<String, Keep>> against = new HashMap<>();
    List<PlannedValue> values = new ArrayList<>();
    for (Way way : ways) {
      WayPlanner.Proposal proposal = way.planner().propose(given);
      values.addAll(proposal.values());
      for (PlannedNode node : proposal.nodes()) {
        if (node.choice() instanceof Keep keep) {
          against
              .computeIfAbsent(node.name(), name -> new LinkedHashMap<>())
              .putIfAbsent(way.planner().label(), keep);
          nodes.putIfAbsent(node.name(), node);
        } else if (way.takes(node, given)) {
          Map<String, Keep> reasons =
              new LinkedHashMap<>(against.getOrDefault(node.name(), Map.of()));
          Optional.ofNullable(given.reasons().get(node.name()))
              .filter(reason -> !reasons.containsValue(reason))
              .ifPresent(reason -> reasons.put("narrower codes", reason));
          nodes.merge(node.name(), node.withAgainst(reasons), ModelPlanner::better);
        }
      }
    }
    return plan(
        source,
        header,
        SharedWeights.settle(List.copyOf(nodes.values()), weights),
        values,
        weightWay.map(WeightWay::decisions).orElse(List.of()));
  }

  /** A plan of nodes whose readers of weights agree. */
  static ModelPlan plan(
      SourceModel source,
      Header header,
      List<PlannedNode> nodes,
      List<PlannedValue> values,
      List<Decision> decisions) {
    return new ModelPlan(
        source.path().toString(),
        source.hash(),
        source.model().opset(),
        header.objective(),
        header.form(),
        header.range(),
        header.weightRange(),
        nodes,
        values,
        WeightAccount.of(Weight.of(source.model().graph()), nodes, decisions));
  }

  /** The reason of the first way stands where the next one keeps the node too. */
  private static PlannedNode better(PlannedNode first, PlannedNode next) {
    boolean open = first.choice() instanceof Keep;
    return open && next.choice().isQuantized() ? next : first;
  }
}
