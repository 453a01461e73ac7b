package dev.swage.compress;

import dev.swage.compress.calibrate.Calibration;
import dev.swage.compress.dynamic.DynamicModel;
import dev.swage.compress.plan.Assignment;
import dev.swage.compress.plan.ModelPlan;
import dev.swage.compress.plan.Objective;
import dev.swage.compress.planner.ModelPlanner;
import dev.swage.compress.planner.SourceModel;
import dev.swage.compress.search.BoundSearch;
import dev.swage.compress.search.Bounds;
import dev.swage.compress.search.MeasuredProblem;
import dev.swage.compress.search.SearchData;
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
import dev.swage.run.Latency;
import dev.swage.run.ModelSession;
import dev.swage.run.SessionOptions;
import dev.swage.tensor.Tensor;
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
  private final SourceModel source;
  private final QuantizeOptions options;
  private final QuantizeRun run;
  private final ModelPlanner planner;
  private final Supplier<DataSource> data;
  private final Optional<Calibration> calibration;

  NodeSelection(
      SourceModel source,
      QuantizeOptions options,
      QuantizeRun run,
      ModelPlanner planner,
      Supplier<DataSource> data,
      Optional<Calibration> calibration) {
    this.source = source;
    this.options = options;
    this.run = run;
    this.planner = planner;
    this.data = data;
    this.calibration = calibration;
  }

  /**
   * What came of it.
   *
   * @param timing empty unless nodes were chosen for speed
   * @param search empty without bounds
   */
  record Selected(ModelPlan plan, Optional<MeasuredChoice> timing, Optional<SearchResult> search) {}

  /**
   * Bounds first, since what they cost does not change from run to run as times do; nodes that are
   * kept in floats for speed after that take noise away.
   *
   * @param all the plan in which every node is quantized that can be
   */
  Selected select(ModelPlan all) {
    Optional<SearchResult> search = options.goal().bounds().map(this::search);
    Assignment bounded = search.map(SearchResult::kept).orElse(Assignment.none());
    Optional<MeasuredChoice> timing =
        isForSpeed() ? Optional.of(measure(bounded)) : Optional.empty();
    Assignment given = timing.map(measured -> bounded.or(measured.given())).orElse(bounded);
    return new Selected(given.isEmpty() ? all : planner.plan(given), timing, search);
  }

  /** Weights alone make no node faster. */
  private boolean isForSpeed() {
    return options.goal().objective() == Objective.SPEED && options.mode() != QuantMode.WEIGHT_ONLY;
  }

  private MeasuredChoice measure(Assignment bounded) {
    return MeasuredChoice.among(
        new MeasuredModel(source.file().model(), source.model(), sample()),
        given -> mixed(planner.plan(bounded.or(given))),
        MeasureOptions.defaults(),
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

  private SearchResult search(Bounds bounds) {
    DataSource source = data.get();
    SearchData samples = SearchData.of(source);
    PlannedVariants how = new PlannedVariants(this.source, planner, describe());
    BoundSearch search =
        BoundSearch.of(
                MeasuredProblem.of(
                    how,
                    bounds.maxAccuracyDrop().isPresent() ? samples.withLabelled(source) : samples),
                bounds)
            .reporting(run.listeners().search())
            .stoppedBy(run.control());
    return run.state().isPresent() ? search.run(run.state().get()) : search.run();
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
