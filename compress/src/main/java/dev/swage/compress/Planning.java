package dev.swage.compress;

import dev.swage.compress.calibrate.Calibration;
import dev.swage.compress.calibrate.Calibrator;
import dev.swage.compress.calibrate.NothingToObserveException;
import dev.swage.compress.plan.Assignment;
import dev.swage.compress.plan.CompressException;
import dev.swage.compress.plan.KeepReason;
import dev.swage.compress.plan.ModelPlan;
import dev.swage.compress.plan.NodeChoice;
import dev.swage.compress.plan.NodeChoice.Keep;
import dev.swage.compress.plan.Objective;
import dev.swage.compress.plan.PlannedNode;
import dev.swage.compress.planner.Excluded;
import dev.swage.compress.planner.Exclusions;
import dev.swage.compress.planner.ModelPlanner;
import dev.swage.compress.planner.QuantizedSource;
import dev.swage.compress.planner.SourceModel;
import dev.swage.compress.weights.Opsets;
import dev.swage.compress.weights.WeightErrors;
import dev.swage.data.DataSource;
import dev.swage.graph.PreparationOptions;
import dev.swage.onnx.OnnxException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;

/** The steps from a prepared model to its plan. */
final class Planning {
  /** A raised operator set may let more be simplified, and weights change then. */
  private static final int MOST_RAISES = 3;

  private final QuantizeOptions options;
  private final QuantizeRun run;
  private final QuantizeData data;
  private final Supplier<DataSource> samples;
  private final WeightErrors errors = new WeightErrors();

  /**
   * Plans one model.
   *
   * @param samples to measure on, whether data were given or not
   */
  Planning(
      QuantizeOptions options, QuantizeRun run, QuantizeData data, Supplier<DataSource> samples) {
    this.samples = samples;
    this.options = options;
    this.run = run;
    this.data = data;
  }

  /** A model in the operator set that its plan needs, and the plan. */
  record Decided(SourceModel source, PlannedModel planned) {}

  /**
   * Decides.
   *
   * @throws CompressException if nothing can be quantized (the message counts the reasons)
   */
  Decided decide(SourceModel read) {
    Decided decided = consider(read);
    requireSomething(decided);
    return decided;
  }

  /** As {@link #decide}, also where nothing can be quantized. */
  Decided consider(SourceModel read) {
    return consider(read, calibration(read), Map.of());
  }

  /**
   * Decides with what was observed.
   *
   * @param againstStatic why nodes that could have ranges fixed ahead do not; empty where they may
   */
  private Decided consider(
      SourceModel read, Optional<Calibration> calibration, Map<String, Keep> againstStatic) {
    SourceModel source = read;
    ModelPlanner planner = planner(source, calibration, !againstStatic.isEmpty());
    ModelPlan all = planner.plan(Assignment.none());
    for (int raises = 0;
        Opsets.of(most(planner, all)) > source.model().opset() && raises < MOST_RAISES;
        raises++) {
      SourceModel raised =
          raised(source, most(planner, all), options.simplify() && calibration.isEmpty());
      if (raised.model().opset() == source.model().opset()) {
        break;
      }
      source = raised;
      planner = planner(source, calibration, !againstStatic.isEmpty());
      all = planner.plan(Assignment.none());
    }
    if (all.quantized() == 0) {
      return new Decided(
          source,
          new PlannedModel(
              all, source.prepared(), calibration, Optional.empty(), Optional.empty()));
    }
    NodeSelection selection =
        new NodeSelection(
            source, options, run, planner, samples, calibration, data.samples().isPresent());
    Optional<String> against = selection.againstStatic(all);
    if (against.isPresent()) {
      return consider(withoutIntegerForms(read), Optional.empty(), reasons(all, against.get()));
    }
    NodeSelection.Selected selected = selection.select(all);
    return new Decided(
        source,
        new PlannedModel(
            explained(selected.plan(), againstStatic),
            source.prepared(),
            calibration,
            selected.timing(),
            selected.search()));
  }

  /** What was done to the graph for integer kernels with fixed ranges only costs time without. */
  private SourceModel withoutIntegerForms(SourceModel read) {
    return SourceModel.of(
        read.file(),
        read.hash(),
        PreparationOptions.defaults()
            .withSimplify(options.simplify())
            .withDenseShuffles(options.goal().objective() == Objective.SPEED));
  }

  /** One reason for all nodes that a plan has static. */
  private static Map<String, Keep> reasons(ModelPlan plan, String why) {
    Map<String, Keep> reasons = new HashMap<>();
    for (PlannedNode node : plan.nodes()) {
      if (node.choice() instanceof NodeChoice.Static) {
        reasons.put(node.name(), new Keep(KeepReason.TOO_SENSITIVE, why));
      }
    }
    return reasons;
  }

  /** The plan with the reasons why its nodes are not static. */
  private static ModelPlan explained(ModelPlan plan, Map<String, Keep> againstStatic) {
    List<PlannedNode> nodes = new ArrayList<>();
    for (PlannedNode node : plan.nodes()) {
      Keep why = againstStatic.get(node.name());
      if (why != null && node.choice().isQuantized()) {
        Map<String, Keep> against = new LinkedHashMap<>(Map.of("static", why));
        against.putAll(node.against());
        nodes.add(node.withAgainst(against));
      } else {
        nodes.add(node);
      }
    }
    return plan.withNodes(nodes);
  }

  /** As far as codes need it; where a node cannot follow, as far as they can do with. */
  private static SourceModel raised(SourceModel source, ModelPlan plan, boolean simplify) {
    try {
      return source.raisedTo(Opsets.of(plan), simplify);
    } catch (OnnxException e) {
      if (Opsets.least(plan) < Opsets.of(plan)) {
        return source.raisedTo(Opsets.least(plan), simplify);
      }
      if (!plan.isWeightsAlone()) {
        throw e;
      }
      throw new CompressException(
          e.getMessage() + ", or use 8 bits with --per-tensor, whose codes need opset 10 only", e);
    }
  }

  /** The plan of those that may come of one which needs the latest operator set. */
  private ModelPlan most(ModelPlanner planner, ModelPlan all) {
    boolean fixed =
        !options.goal().searches(options.mode()) && options.goal().objective() == Objective.SIZE;
    if (options.mode() == QuantMode.WEIGHT_ONLY || fixed) {
      return all;
    }
    Assignment alone = Assignment.none();
    for (List<PlannedNode> ways : planner.ways().values()) {
      for (PlannedNode way : ways.reversed()) {
        if (way.choice() instanceof NodeChoice.WeightOnly) {
          alone = alone.with(way.name(), way.choice());
        }
      }
    }
    ModelPlan weights = planner.plan(alone);
    return Opsets.of(weights) > Opsets.of(all) ? weights : all;
  }

  /** What bounds and speed leave unquantized is an outcome, not an error. */
  private void requireSomething(Decided decided) {
    ModelPlan all = decided.planned().plan();
    boolean left = decided.planned().search().isPresent() || decided.planned().timing().isPresent();
    if (all.quantized() > 0 || left) {
      return;
    }
    Optional<Calibration> calibration = decided.planned().calibration();
    String already =
        QuantizedSource.describe(decided.source().model()).map(words -> "; " + words).orElse("");
    throw new CompressException(
        options.mode() == QuantMode.WEIGHT_ONLY
            ? "no weight can be quantized: %s%s".formatted(all.keptWeights(), already)
            : "no node can be quantized: %s%s%s"
                .formatted(all.kept(), calibration.map(Planning::nonFinite).orElse(""), already));
  }

  /** Where data first gave NaN or infinities. */
  private static String nonFinite(Calibration calibration) {
    return calibration.tensors().stream()
        .filter(tensor -> !tensor.nonFiniteSamples().isEmpty())
        .findFirst()
        .map(tensor ->
            "; '%s' held NaN or infinities first in sample %s of %s"
                .formatted(
                    tensor.name(),
                    Long.toString(tensor.nonFiniteSamples().getFirst().sample()),
                    calibration.data()))
        .orElse("");
  }

  private ModelPlanner planner(
      SourceModel source, Optional<Calibration> calibration, boolean withoutStatic) {
    Excluded excluded =
        Exclusions.of(
            options.weights().exclude(), source.file().model().graph(), source.model().graph());
    ModelPlanner.Header header =
        new ModelPlanner.Header(
            options.goal().objective(),
            options.form(),
            options.mode().needsData() && !withoutStatic
                ? options.activations().range().label()
                : "",
            options.weights().range());
    ModelPlanner planner = new ModelPlanner(source, header, excluded, errors);
    calibration.ifPresent(observed -> planner.withStatic(observed, options.staticOptions()));
    switch (options.mode()) {
      case STATIC -> {
        if (withoutStatic) {
          planner.withDynamic(options.dynamicOptions());
        } else {
          planner.withDynamicTables(options.dynamicOptions());
        }
      }
      case DYNAMIC, MIXED -> planner.withDynamic(options.dynamicOptions());
      case WEIGHT_ONLY -> {}
    }
    planner.withWeights(options.weightOptions());
    options.spareWeights().forEach(planner::withSpareWeights);
    return planner;
  }

  private Optional<Calibration> calibration(SourceModel source) {
    if (!options.mode().needsData()) {
      return Optional.empty();
    }
    data.observed()
        .ifPresent(observed -> observed.requireModel(source.path(), source.hash().digits()));
    return data.observed().or(() -> observe(source, data.samples().orElseThrow(this::withoutData)));
  }

  private CompressException withoutData() {
    return new CompressException(
        "mode %s needs calibration data, the inputs whose activations set the ranges"
            .formatted(options.mode().label()));
  }

  /** Statistics; none where nodes have other ways than static and none of them can be that. */
  private Optional<Calibration> observe(SourceModel source, DataSource samples) {
    try {
      return Optional.of(
          new Calibrator(options.activations().calibration(), run.listeners().calibration())
              .observe(source.path().toString(), source.model(), source.hash().digits(), samples));
    } catch (NothingToObserveException e) {
      if (options.mode() == QuantMode.STATIC) {
        throw e;
      }
      return Optional.empty();
    }
  }
}
