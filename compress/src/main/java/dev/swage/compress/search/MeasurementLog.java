package dev.swage.compress.search;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;

/** All that a search has measured, in order. */
final class MeasurementLog {
  private final Map<List<String>, NodeSensitivity> sensitivities = new LinkedHashMap<>();
  private final Map<Map<String, String>, Trial> trials = new LinkedHashMap<>();

  OptionalDouble sensitivity(String node, String way) {
    NodeSensitivity known = sensitivities.get(List.of(node, way));
    return known == null ? OptionalDouble.empty() : OptionalDouble.of(known.sqnrDb());
  }

  void add(NodeSensitivity sensitivity) {
    sensitivities.put(List.of(sensitivity.node(), sensitivity.way()), sensitivity);
  }

  Optional<Trial> trial(Map<String, String> ways) {
    return Optional.ofNullable(trials.get(ways));
  }

  void add(Trial trial) {
    trials.put(trial.ways(), trial);
  }

  List<Trial> trials() {
    return List.copyOf(trials.values());
  }

  /** What was measured of nodes, in the order it was measured in. */
  List<NodeSensitivity> measured() {
    return List.copyOf(sensitivities.values());
  }

  /** The same, worst first; equal ones in the order they were measured in. */
  List<NodeSensitivity> ranking() {
    return measured().stream().sorted(NodeSensitivity.WORST_FIRST).toList();
  }
}
