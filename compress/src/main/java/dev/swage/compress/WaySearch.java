package dev.swage.compress;

import dev.swage.compress.plan.Assignment;
import dev.swage.compress.plan.KeepReason;
import dev.swage.compress.plan.ModelPlan;
import dev.swage.compress.plan.NodeChoice;
import dev.swage.compress.plan.NodeChoice.Keep;
import dev.swage.compress.plan.PlannedNode;
import dev.swage.compress.planner.Ladders;
import dev.swage.compress.planner.ModelPlanner;
import dev.swage.compress.planner.PlannedVariants;
import dev.swage.compress.planner.SourceModel;
import dev.swage.compress.search.BoundSearch;
import dev.swage.compress.search.Bounds;
import dev.swage.compress.search.MeasuredProblem;
import dev.swage.compress.search.Score;
import dev.swage.compress.search.SearchData;
import dev.swage.compress.search.SearchOptions;
import dev.swage.compress.search.SearchResult;
import dev.swage.data.DataSource;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/**
 * Looks for ways for a model's nodes with which its outputs keep bounds. Where ranges that are
 * fixed ahead miss them, and most of what they would make fast is as good at every run with ranges
 * of its own, {@link #againstStatic} says so.
 */
final class WaySearch {
  /** What the worst output of a model in mode mixed is to have where nothing else is asked for. */
  static final double TARGET_DB = 20;

  private static final int TARGET_SAMPLES = 32;
  private static final SearchOptions TARGET_SEARCH = new SearchOptions(10);

  /** Share of the weights of static nodes that other codes must make as fast. */
  private static final double MOST = 0.8;

  private final SourceModel source;
  private final QuantizeOptions options;
  private final QuantizeRun run;
  private final ModelPlanner planner;
  private final String how;

  WaySearch(
      SourceModel source,
      QuantizeOptions options,
      QuantizeRun run,
      ModelPlanner planner,
      String how) {
    this.source = source;
    this.options = options;
    this.run = run;
    this.planner = planner;
    this.how = how;
  }

  /** What was decided, and by which measurements. */
  record Found(Assignment given, SearchResult result) {}

  /**
   * Why no node is to have ranges fixed ahead: with them the goal is missed, and most of what they
   * would make fast is as good with ranges of every run. Empty where static nodes may stay.
   *
   * @param all the plan in which every node goes its first way
   */
  Optional<String> againstStatic(ModelPlan all, DataSource samples) {
    if (!all.has(NodeChoice.Static.class) || !isAsGood(all, planner.plan(withoutStatic(all)))) {
      return Optional.empty();
    }
    Score first = MeasuredProblem.of(variants(all), data(samples)).evaluate(Assignment.none());
    boolean measured = options.goal().hasBounds() || !Double.isNaN(first.leastSqnrDb());
    return measured && !bounds().met(first)
        ? Optional.of(detail(first.leastSqnrDb()))
        : Optional.empty();
  }

  private Bounds bounds() {
    return options.goal().bounds().orElseGet(() -> Bounds.minSqnr(TARGET_DB));
  }

  /**
   * Searches for what the goal asks for: its bounds, or else {@value #TARGET_DB} dB. Empty where
   * nothing is asked for and no output can be measured.
   *
   * @param all the plan in which every node goes its first way
   */
  Optional<Found> search(ModelPlan all, DataSource samples) {
    MeasuredProblem problem = MeasuredProblem.of(variants(all), data(samples));
    boolean asked = options.goal().hasBounds();
    if (!asked && Double.isNaN(problem.evaluate(Assignment.none()).leastSqnrDb())) {
      return Optional.empty();
    }
    BoundSearch search =
        BoundSearch.of(problem, bounds())
            .reporting(run.listeners().search())
            .stoppedBy(run.control());
    if (!asked) {
      search = search.withOptions(TARGET_SEARCH);
    }
    SearchResult result = run.state().isPresent() ? search.run(run.state().get()) : search.run();
    return Optional.of(new Found(result.given(), result));
  }

  private SearchData data(DataSource samples) {
    if (options.goal().hasBounds()) {
      SearchData data = SearchData.of(samples);
      return options.goal().maxAccuracyDrop().isPresent() ? data.withLabelled(samples) : data;
    }
    return SearchData.of(samples.limit(TARGET_SAMPLES));
  }

  private static String detail(double decibels) {
    return Double.isNaN(decibels)
        ? "with all static nodes, outputs are not numbers"
        : String.format(Locale.ROOT, "with all static nodes, outputs are at %.1f dB", decibels);
  }

  private PlannedVariants variants(ModelPlan plan) {
    return new PlannedVariants(
        source, planner, Ladders.of(plan, planner.ways(), options.goal().objective()), how);
  }

  /** Every static node goes its next way, or stays in floats. */
  private Assignment withoutStatic(ModelPlan all) {
    Keep keep = new Keep(KeepReason.TOO_SENSITIVE);
    Map<String, List<PlannedNode>> ways = planner.ways();
    Assignment given = Assignment.none();
    for (PlannedNode node : all.nodes()) {
      if (node.choice() instanceof NodeChoice.Static) {
        NodeChoice next =
            ways.getOrDefault(node.name(), List.of()).stream()
                .map(PlannedNode::choice)
                .filter(choice -> !(choice instanceof NodeChoice.Static))
                .findFirst()
                .orElse(keep);
        given = given.with(node.name(), next);
      }
    }
    return given;
  }

  /** Whether a plan without static nodes has codes, and integer kernels where speed counts. */
  private boolean isAsGood(ModelPlan all, ModelPlan without) {
    Map<String, NodeChoice> choices = without.choices();
    double whole = 0;
    double same = 0;
    for (PlannedNode node : all.nodes()) {
      if (node.choice() instanceof NodeChoice.Static && !node.choice().slots().isEmpty()) {
        NodeChoice next = choices.getOrDefault(node.name(), new Keep(KeepReason.NO_WEIGHT));
        double elements = elements(all, node);
        whole += elements;
        boolean good =
            switch (options.goal().objective()) {
              case SPEED -> next instanceof NodeChoice.Dynamic;
              case SIZE -> next.isQuantized();
            };
        same += good ? elements : 0;
      }
    }
    return whole > 0 && same >= MOST * whole;
  }

  private static double elements(ModelPlan plan, PlannedNode node) {
    return plan.weights().stream()
        .filter(weight ->
            node.choice().slots().stream().anyMatch(slot -> slot.weight().equals(weight.name())))
        .mapToDouble(weight -> weight.shape().elements())
        .sum();
  }
}
