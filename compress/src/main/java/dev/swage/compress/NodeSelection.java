package dev.swage.compress;

import dev.swage.compress.calibrate.Calibration;
import dev.swage.compress.dynamic.DynamicModel;
import dev.swage.compress.plan.Assignment;
import dev.swage.compress.plan.ModelPlan;
import dev.swage.compress.plan.Objective;
import dev.swage.compress.planner.ModelPlanner;
import dev.swage.compress.planner.RestingWeights;
import dev.swage.compress.planner.SizeLimit;
import dev.swage.compress.planner.SourceModel;
import dev.swage.compress.search.SearchResult;
import dev.swage.compress.speed.MeasureOptions;
import dev.swage.compress.speed.MeasuredChoice;
import dev.swage.compress.speed.MeasuredModel;
import dev.swage.compress.speed.MixedModel;
import dev.swage.compress.write.PlanWriter;
import dev.swage.compress.write.QuantizedModel;
import dev.swage.data.DataSource;
import dev.swage.onnx.Graph;
import dev.swage.onnx.Node;
import dev.swage.run.ModelSession;
import dev.swage.run.SessionOptions;
import dev.swage.run.time.Latency;
import dev.swage.tensor.Tensor;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeSet;
import java.util.function.Supplier;

/**
 * Which nodes are quantized after all, by measuring: those whose codes pay, as far as the bounds of
 * accuracy allow.
 */
final class NodeSelection {
  /** What a search left has to be timed a little less. */
  private static final MeasureOptions AFTER_SEARCH = new MeasureOptions(Duration.ofSeconds(8), 1);

  private final SourceModel source;
  private final QuantizeOptions options;
  private final QuantizeRun run;
  private final ModelPlanner planner;
  private final Supplier<DataSource> data;
  private final Optional<Calibration> calibration;
  private final boolean sampled;

  /**
   * @param sampled whether the data are a person's, and not made up
   */
  NodeSelection(
      SourceModel source,
      QuantizeOptions options,
      QuantizeRun run,
      ModelPlanner planner,
      Supplier<DataSource> data,
      Optional<Calibration> calibration,
      boolean sampled) {
    this.source = source;
    this.options = options;
    this.run = run;
    this.planner = planner;
    this.data = data;
    this.calibration = calibration;
    this.sampled = sampled;
  }

  /**
   * What came of it.
   *
   * @param timing empty unless nodes were chosen for speed
   * @param search empty where no ways were searched for
   */
  record Selected(ModelPlan plan, Optional<MeasuredChoice> timing, Optional<SearchResult> search) {}

  /**
   * Bounds first, since what they cost does not change from run to run as times do; nodes that are
   * kept in floats for speed after that take noise away.
   *
   * @param all the plan in which every node goes its first way
   */
  Selected select(ModelPlan all) {
    Optional<WaySearch.Found> found =
        isSearched() ? search().search(all, data.get()) : Optional.empty();
    Assignment given = found.map(WaySearch.Found::given).orElse(Assignment.none());
    Optional<MeasuredChoice> timing = Optional.empty();
    if (isForSpeed()) {
      RestingWeights resting = new RestingWeights(source, planner);
      List<Tensor> sample = sample();
      Assignment untimed = resting.untimed(given.isEmpty() ? all : planner.plan(given));
      Assignment bounded = given;
      timing = Optional.of(measure(bounded, untimed, sample));
      given = resting.settle(bounded, timing.get().given().or(untimed), sample);
    } else if (options.goal().objective() == Objective.SIZE) {
      given = new SizeLimit(source, planner).hold(given);
    }
    return new Selected(
        given.isEmpty() ? all : planner.plan(given), timing, found.map(WaySearch.Found::result));
  }

  private boolean isSearched() {
    return options.goal().hasBounds() || (options.goal().searches(options.mode()) && sampled);
  }

  private WaySearch search() {
    return new WaySearch(source, options, run, planner, describe());
  }

  /** Why no node is to have ranges fixed ahead; empty where they may. */
  Optional<String> againstStatic(ModelPlan all) {
    return isSearched() ? search().againstStatic(all, data.get()) : Optional.empty();
  }

  /** Weights alone make no node faster. */
  private boolean isForSpeed() {
    return options.goal().objective() == Objective.SPEED && options.mode() != QuantMode.WEIGHT_ONLY;
  }

  private MeasuredChoice measure(Assignment bounded, Assignment untimed, List<Tensor> sample) {
    Assignment decided = bounded.or(untimed);
    return MeasuredChoice.among(
        new MeasuredModel(source.file().model(), source.model(), sample),
        given -> mixed(planner.plan(decided.or(given))),
        options.goal().searches(options.mode()) ? AFTER_SEARCH : MeasureOptions.defaults(),
        run.listeners().measuring());
  }

  /** What of the main graph can be timed on either side. */
  private MixedModel mixed(ModelPlan plan) {
    QuantizedModel quantized = PlanWriter.write(source.prepared(), plan);
    Graph graph = source.model().graph();
    if (quantized.dynamic().isEmpty()) {
      return MixedModel.of(graph, quantized.pairs());
    }
    Map<String, Node> written = new HashMap<>(quantized.coded().written());
    for (DynamicModel.Written node : quantized.dynamic().get().written()) {
      if (node.path().isMain()) {
        written.put(node.name(), node.node());
      }
    }
    return MixedModel.of(graph, plan, quantized.model(), written);
  }

  private List<Tensor> sample() {
    try (ModelSession session =
        ModelSession.open(source.path().toString(), source.model(), SessionOptions.defaults())) {
      return Latency.sample(session, data.get());
    }
  }

  private static String describe(Calibration calibration) {
    return "%s (%s), %s samples"
        .formatted(calibration.data(), calibration.dataSha256(), calibration.samples());
  }

  /** Everything that measurements depend on besides model and data. */
  private String describe() {
    return "%s for %s, %s, weights %s from %s elements, activations %s, %s range of %s, static weights of %s bits, excluding %s"
        .formatted(
            options.mode().label(),
            options.goal().objective(),
            options.form().label(),
            options.weights().describe(),
            options.weights().minElements(),
            options.activations().type().label(),
            options.activations().range().label(),
            calibration.map(NodeSelection::describe).orElse("nothing"),
            options.activations().weightBits(),
            new TreeSet<>(options.weights().exclude()));
  }
}
