package dev.swage.compress.search;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.Set;

/** All that a search has measured, in order. */
final class Ledger {
  private final Map<String, Double> damages = new LinkedHashMap<>();
  private final Map<Set<String>, Trial> trials = new LinkedHashMap<>();

  OptionalDouble damage(String node) {
    Double known = damages.get(node);
    return known == null ? OptionalDouble.empty() : OptionalDouble.of(known);
  }

  void add(Damage damage) {
    damages.put(damage.node(), damage.sqnrDb());
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
  List<Damage> measured() {
    List<Damage> measured = new ArrayList<>();
    damages.forEach((node, decibels) -> measured.add(new Damage(node, decibels)));
    return measured;
  }

  /** The measured nodes, worst first; equal ones in the order they were measured in. */
  List<Damage> ranking() {
    return measured().stream().sorted(Damage.WORST_FIRST).toList();
  }
}
