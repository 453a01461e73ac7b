package dev.swage.compress.search;

import dev.swage.compress.plan.Assignment;
import dev.swage.compress.plan.KeepReason;
import dev.swage.compress.plan.NodeChoice;
import dev.swage.compress.plan.NodeChoice.Keep;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;

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

  List<Ladder> ladders() {
    return problem.ladders();
  }

  MeasurementLog log() {
    return log;
  }

  /** How many measurements were made, and not known. */
  int made() {
    return sensitivities + trials;
  }

  boolean knows(Ladder ladder, int level) {
    return ladder.rung(level).exact()
        || log.sensitivity(ladder.name(), ladder.rung(level).label()).isPresent();
  }

  NodeSensitivity sensitivity(Ladder ladder, int level) {
    Ladder.Rung rung = ladder.rung(level);
    if (rung.exact()) {
      return new NodeSensitivity(ladder.name(), rung.label(), Double.POSITIVE_INFINITY);
    }
    OptionalDouble known = log.sensitivity(ladder.name(), rung.label());
    if (known.isPresent()) {
      return new NodeSensitivity(ladder.name(), rung.label(), known.getAsDouble());
    }
    long start = System.nanoTime();
    NodeSensitivity sensitivity =
        new NodeSensitivity(ladder.name(), rung.label(), problem.sensitivity(ladder, level));
    sensitivityNanos += System.nanoTime() - start;
    sensitivities++;
    log.add(sensitivity);
    file.ifPresent(state -> state.write(log));
    return sensitivity;
  }

  Optional<Trial> known(Levels levels) {
    return log.trial(levels.ways(ladders()));
  }

  Trial trial(Levels levels) {
    Optional<Trial> known = known(levels);
    if (known.isPresent()) {
      return known.get();
    }
    long start = System.nanoTime();
    Trial trial = Trial.of(levels.ways(ladders()), problem.evaluate(assignment(levels)));
    trialNanos += System.nanoTime() - start;
    trials++;
    log.add(trial);
    file.ifPresent(state -> state.write(log));
    return trial;
  }

  /** What is decided of nodes, most sensitive first, and why. */
  Assignment assignment(Levels levels) {
    Assignment given = Assignment.none();
    List<Ladder> moved =
        ladders().stream()
            .filter(ladder -> levels.of(ladder) > 0)
            .sorted(Comparator.comparingDouble(this::decibels))
            .toList();
    for (Ladder ladder : moved) {
      Keep reason = new Keep(KeepReason.TOO_SENSITIVE, detail(ladder));
      for (Map.Entry<String, NodeChoice> node :
          ladder.rung(levels.of(ladder)).choices().entrySet()) {
        given =
            node.getValue() instanceof Keep
                ? given.with(node.getKey(), reason)
                : given.with(node.getKey(), node.getValue(), reason);
      }
    }
    return given;
  }

  /** At the first rung; what is not known comes last. */
  private double decibels(Ladder ladder) {
    double known =
        log.sensitivity(ladder.name(), ladder.rung(0).label()).orElse(Double.POSITIVE_INFINITY);
    return Double.isNaN(known) ? Double.NEGATIVE_INFINITY : known;
  }

  private String detail(Ladder ladder) {
    OptionalDouble known = log.sensitivity(ladder.name(), ladder.rung(0).label());
    if (known.isEmpty()) {
      return "";
    }
    return Double.isNaN(known.getAsDouble())
        ? "with it alone quantized, outputs are not numbers"
        : String.format(
            Locale.ROOT, "with it alone quantized, outputs are at %.1f dB", known.getAsDouble());
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
