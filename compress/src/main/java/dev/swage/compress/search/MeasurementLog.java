package dev.swage.compress.search;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.Set;

/** All that a search has measured, in order. */
final class MeasurementLog {
  private final Map<String, Double> sensitivities = new LinkedHashMap<>();
  private final Map<Set<String>, Trial> trials = new LinkedHashMap<>();

  OptionalDouble sensitivity(String node) {
    Double known = sensitivities.get(node);
    return known == null ? OptionalDouble.empty() : OptionalDouble.of(known);
  }

  void add(NodeSensitivity sensitivity) {
    sensitivities.put(sensitivity.node(), sensitivity.sqnrDb());
  }

  Optional<Trial> trial(Set<String> kept) {
    return Optional.ofNullable(trials.get(kept));
  }

  void add(Trial trial) {
    trials.put(trial.kept(), trial);
  }

  List<Trial> trials() {
    return List.copyOf(trials.values());
  }

  /** The measured nodes in the order they were measured in. */
  List<NodeSensitivity> measured() {
    List<NodeSensitivity> measured = new ArrayList<>();
    sensitivities.forEach((node, decibels) -> measured.add(new NodeSensitivity(node, decibels)));
    return measured;
  }

  /** The measured nodes, worst first; equal ones in the order they were measured in. */
  List<NodeSensitivity> ranking() {
    return measured().stream().sorted(NodeSensitivity.WORST_FIRST).toList();
  }
}
