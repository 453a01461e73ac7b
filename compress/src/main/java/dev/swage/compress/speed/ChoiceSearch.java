package dev.swage.compress.speed;

import dev.swage.compress.plan.Assignment;
import dev.swage.compress.plan.KeepReason;
import dev.swage.compress.plan.NodeChoice.Keep;
import dev.swage.compress.speed.MixedModel.MixedNode;
import dev.swage.onnx.OnnxModel;
import java.time.Duration;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;

/** The steps of {@link MeasuredChoice}. */
final class ChoiceSearch {
  /** Floats must be better by more than what single nodes' times are out. */
  private static final double FAIR = 0.95;

  /** Of everything as codes, by the times of nodes: less would not show in the whole. */
  private static final double LEAST_GAIN = 0.01;

  private static final List<Double> MARGINS = List.of(1.1, 1.3);

  /** However busy the machine is, a model that takes longer than this is slower. */
  private static final double MOST_NOISE = 1.03;

  private final MeasuredModel model;
  private final Function<Assignment, MixedModel> quantize;
  private final MeasureOptions options;
  private final MeasureListener listener;
  private final MixedModel most;
  private final NodeGroups groups;
  private final SideMeasurement measurement;
  private final Map<BitSet, Trial> trials = new LinkedHashMap<>();
  private int step;

  /** A choice that was carried out. */
  private record Trial(String label, Assignment given, MixedModel model) {}

  ChoiceSearch(
      MeasuredModel model,
      Function<Assignment, MixedModel> quantize,
      MeasureOptions options,
      MeasureListener listener) {
    this.model = model;
    this.quantize = quantize;
    this.options = options;
    this.listener = listener;
    this.most = quantize.apply(Assignment.none());
    this.groups = new NodeGroups(model.prepared().graph(), most);
    this.measurement = new SideMeasurement(model, groups, most);
  }

  MeasuredChoice run() {
    Duration share = options.budget().dividedBy(options.rounds() + 3L);
    begin("every node as floats and as codes");
    trials.put(free(), new Trial("everything as codes", Assignment.none(), most));
    measurement.extremes(most, share);
    boolean more = true;
    for (int round = 1; more && round <= options.rounds(); round++) {
      String label = "cheapest mix, round " + round;
      begin(label);
      Optional<MixedModel> mix = attempt(label, cheapest(FAIR));
      mix.ifPresent(found -> measurement.mix(found, share));
      more = mix.isPresent();
    }
    attempt("cheapest mix at last", cheapest(FAIR));
    for (double margin : MARGINS) {
      attempt(
          "codes where %s %% faster".formatted(Math.round(100 * (margin - 1))), cheapest(margin));
    }
    begin("whole models");
    return decide(share.multipliedBy(2));
  }

  private CheapestMix cheapest(double margin) {
    return CheapestMix.cheapest(groups, measurement.times(), margin);
  }

  private void begin(String what) {
    step++;
    listener.measuring(what, step, options.rounds() + 2);
  }

  private BitSet free() {
    BitSet free = new BitSet();
    groups.groups().stream().filter(NodeGroup::free).forEach(group -> free.set(group.index()));
    return free;
  }

  /**
   * Carries a choice out. Empty where nothing is quantized, where too little is to be gained, or
   * where no other nodes are than in a choice before: the planner may keep more than it was told
   * to.
   */
  private Optional<MixedModel> attempt(String label, CheapestMix choice) {
    if (choice.codes().isEmpty() || !gains(choice.codes())) {
      return Optional.empty();
    }
    Assignment given = given(choice.codes());
    MixedModel mix = quantize.apply(given);
    BitSet codes = new BitSet();
    for (MixedNode node : mix.nodes()) {
      if (node.coded()) {
        codes.set(groups.named(node.name()).index());
      }
    }
    if (codes.isEmpty() || trials.containsKey(codes)) {
      return Optional.empty();
    }
    trials.put(codes, new Trial(label, given, mix));
    return Optional.of(mix);
  }

  private boolean gains(BitSet codes) {
    double all = CheapestMix.price(groups, measurement.times(), free());
    return CheapestMix.price(groups, measurement.times(), codes) < (1 - LEAST_GAIN) * all;
  }

  private Assignment given(BitSet codes) {
    Map<String, Keep> given = new LinkedHashMap<>();
    for (NodeGroup group : groups.groups()) {
      if (group.free() && !codes.get(group.index())) {
        double floats = measurement.times().floats(group.index());
        double coded = measurement.times().codes(group.index());
        given.put(group.name(), new Keep(KeepReason.NOT_WORTH_IT, detail(floats, coded)));
      }
    }
    return Assignment.keeping(given);
  }

  /** What is told of a node that is kept. */
  static String detail(double floats, double codes) {
    if (floats == 0) {
      return "0.00x: %s as codes, nothing as floats: the node before it does its work"
          .formatted(millis(codes));
    }
    return String.format(
        Locale.ROOT,
        "%.2fx%s: %s as codes, %s as floats",
        floats / codes,
        floats > codes ? ", less than conversions cost" : "",
        millis(codes),
        millis(floats));
  }

  private static String millis(double millis) {
    return String.format(Locale.ROOT, millis < 0.1 ? "%.3f ms" : "%.2f ms", millis);
  }

  private NodeTiming timing(NodeGroup group, boolean quantized) {
    return new NodeTiming(
        group.name(),
        group.node().opType(),
        measurement.times().floats(group.index()),
        measurement.times().codes(group.index()),
        quantized);
  }

  private MeasuredChoice decide(Duration budget) {
    List<Trial> tried = new ArrayList<>(trials.values());
    List<OnnxModel> models = new ArrayList<>();
    tried.forEach(trial -> models.add(trial.model().model()));
    models.add(model.original());
    WholeModels whole = WholeModels.time(models, model.sample(), budget);
    int floats = tried.size();
    List<Candidate> candidates = new ArrayList<>();
    for (int i = 0; i < floats; i++) {
      Trial trial = tried.get(i);
      candidates.add(
          new Candidate(
              trial.label(), trial.model().coded(), whole.millis(i), whole.speedup(floats, i)));
    }
    int best = best(candidates, whole);
    Candidate chosen = candidates.get(best);
    candidates.sort(Comparator.comparingDouble(Candidate::millis));
    candidates.remove(chosen);
    candidates.addFirst(chosen);
    return new MeasuredChoice(
        timings(tried.get(best)),
        whole.millis(floats),
        candidates,
        tried.get(best).given(),
        chosen.quantized() > 0 && chosen.ratio() > 1 && whole.millis(floats) > whole.millis(best));
  }

  /** The one with the most codes among those that are as fast as the fastest, but for noise. */
  static int best(List<Candidate> candidates, WholeModels whole) {
    int fastest = 0;
    for (int i = 1; i < candidates.size(); i++) {
      if (whole.millis(i) < whole.millis(fastest)) {
        fastest = i;
      }
    }
    double bound = Math.min(whole.median(fastest), MOST_NOISE * whole.millis(fastest));
    int best = fastest;
    for (int i = 0; i < candidates.size(); i++) {
      if (whole.millis(i) <= bound
          && candidates.get(i).quantized() > candidates.get(best).quantized()) {
        best = i;
      }
    }
    return best;
  }

  private List<NodeTiming> timings(Trial chosen) {
    return groups.groups().stream()
        .filter(NodeGroup::free)
        .map(group -> timing(group, chosen.given().choice(group.name()).isEmpty()))
        .toList();
  }
}
