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
  private final Ledger ledger;
  private final Optional<SearchFile> file;
  private long damageNanos;
  private int damages;
  private long trialNanos;
  private int trials;

  Measurements(SearchProblem problem, Ledger ledger, Optional<SearchFile> file) {
    this.problem = problem;
    this.ledger = ledger;
    this.file = file;
  }

  List<String> nodes() {
    return problem.quantized();
  }

  Ledger ledger() {
    return ledger;
  }

  /** How many measurements were made, and not known. */
  int made() {
    return damages + trials;
  }

  Damage damage(String node) {
    OptionalDouble known = ledger.damage(node);
    if (known.isPresent()) {
      return new Damage(node, known.getAsDouble());
    }
    long start = System.nanoTime();
    Damage damage = new Damage(node, problem.damage(node));
    damageNanos += System.nanoTime() - start;
    damages++;
    ledger.add(damage);
    file.ifPresent(state -> state.write(ledger));
    return damage;
  }

  Trial trial(Set<String> kept) {
    Optional<Trial> known = ledger.trial(kept);
    if (known.isPresent()) {
      return known.get();
    }
    long start = System.nanoTime();
    Trial trial = Trial.of(kept, problem.evaluate(keeps(kept)));
    trialNanos += System.nanoTime() - start;
    trials++;
    ledger.add(trial);
    file.ifPresent(state -> state.write(ledger));
    return trial;
  }

  /** The decisions that keep these nodes, most damaging first. */
  Assignment keeps(Set<String> nodes) {
    Map<String, Keep> keeps = new LinkedHashMap<>();
    for (Damage damage : ledger.ranking()) {
      if (nodes.contains(damage.node())) {
        keeps.put(damage.node(), new Keep(KeepReason.TOO_SENSITIVE, detail(damage.sqnrDb())));
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
  OptionalDouble seconds(int damagesLeft, int trialsLeft) {
    if (trials == 0 && damages == 0) {
      return OptionalDouble.empty();
    }
    double perTrial = trials > 0 ? (double) trialNanos / trials : (double) damageNanos / damages;
    double perDamage = damages > 0 ? (double) damageNanos / damages : perTrial;
    return OptionalDouble.of((damagesLeft * perDamage + trialsLeft * perTrial) / 1e9);
  }
}
