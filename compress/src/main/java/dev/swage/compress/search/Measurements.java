package dev.swage.compress.search;

import dev.swage.compress.plan.Assignment;
import dev.swage.compress.plan.KeepReason;
import dev.swage.compress.plan.NodeChoice.Keep;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.Set;

/** Measures what is not known yet, writes it down, and knows how long it took. */
final class Measurements {
  private final SearchProblem problem;
  private final MeasurementLog log;
  private final Optional<SearchFile> file;
  private long sensitivityNanos;
  private int sensitivities;
  private long trialNanos;
  private int trials;

  Measurements(SearchProblem problem, MeasurementLog log, Optional<SearchFile> file) {
    this.problem = problem;
    this.log = log;
    this.file = file;
  }

  List<String> nodes() {
    return problem.quantized();
  }

  MeasurementLog log() {
    return log;
  }

  /** How many measurements were made, and not known. */
  int made() {
    return sensitivities + trials;
  }

  NodeSensitivity sensitivity(String node) {
    OptionalDouble known = log.sensitivity(node);
    if (known.isPresent()) {
      return new NodeSensitivity(node, known.getAsDouble());
    }
    long start = System.nanoTime();
    NodeSensitivity sensitivity = new NodeSensitivity(node, problem.sensitivity(node));
    sensitivityNanos += System.nanoTime() - start;
    sensitivities++;
    log.add(sensitivity);
    file.ifPresent(state -> state.write(log));
    return sensitivity;
  }

  Trial trial(Set<String> kept) {
    Optional<Trial> known = log.trial(kept);
    if (known.isPresent()) {
      return known.get();
    }
    long start = System.nanoTime();
    Trial trial = Trial.of(kept, problem.evaluate(keeps(kept)));
    trialNanos += System.nanoTime() - start;
    trials++;
    log.add(trial);
    file.ifPresent(state -> state.write(log));
    return trial;
  }

  /** The decisions that keep these nodes, most sensitive first. */
  Assignment keeps(Set<String> nodes) {
    Map<String, Keep> keeps = new LinkedHashMap<>();
    for (NodeSensitivity sensitivity : log.ranking()) {
      if (nodes.contains(sensitivity.node())) {
        keeps.put(
            sensitivity.node(), new Keep(KeepReason.TOO_SENSITIVE, detail(sensitivity.sqnrDb())));
      }
    }
    for (String node : nodes) {
      keeps.putIfAbsent(node, new Keep(KeepReason.TOO_SENSITIVE, ""));
    }
    return Assignment.keeping(keeps);
  }

  private static String detail(double decibels) {
    return Double.isNaN(decibels)
        ? "with it alone quantized, outputs are not numbers"
        : String.format(Locale.ROOT, "with it alone quantized, outputs are at %.1f dB", decibels);
  }

  /** Seconds for so many measurements of either kind; empty where none was timed. */
  OptionalDouble seconds(int sensitivitiesLeft, int trialsLeft) {
    if (trials == 0 && sensitivities == 0) {
      return OptionalDouble.empty();
    }
    double perTrial =
        trials > 0 ? (double) trialNanos / trials : (double) sensitivityNanos / sensitivities;
    double perSensitivity =
        sensitivities > 0 ? (double) sensitivityNanos / sensitivities : perTrial;
    return OptionalDouble.of((sensitivitiesLeft * perSensitivity + trialsLeft * perTrial) / 1e9);
  }
}
