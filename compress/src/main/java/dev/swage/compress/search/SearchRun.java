package dev.swage.compress.search;

import dev.swage.compress.search.SearchProgress.Phase;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** One search from beginning to end, or to where it was stopped. */
final class SearchRun {
  private final Measurements measurements;
  private final Bounds bounds;
  private final SearchOptions options;
  private final SearchListener listener;
  private final SearchControl control;
  private int done;

  SearchRun(
      Measurements measurements,
      Bounds bounds,
      SearchOptions options,
      SearchListener listener,
      SearchControl control) {
    this.measurements = measurements;
    this.bounds = bounds;
    this.options = options;
    this.listener = listener;
    this.control = control;
  }

  SearchResult search() {
    int nodes = measurements.nodes().size();
    Trial everything = measurements.trial(Set.of());
    boolean met = bounds.met(everything.score());
    done = 1;
    tell(everything, Phase.FIRST, 0, met ? 0 : nodes);
    if (met || nodes == 0) {
      return result(true);
    }
    if (!rank()) {
      return result(false);
    }
    List<String> worst = measurements.log().ranking().stream().map(NodeSensitivity::node).toList();
    Keeping keeping = new Keeping(worst);
    while (!keeping.isDecided() && mayGoOn(keeping.next())) {
      keeping.take(keeping.next());
    }
    if (!keeping.isDecided()) {
      return result(false);
    }
    boolean finished = keeping.high > nodes || refine(worst.subList(0, keeping.high));
    return result(finished);
  }

  /** Whether a model may be measured: always one that is known. */
  private boolean mayGoOn(Set<String> kept) {
    boolean known = measurements.log().trial(kept).isPresent();
    return !control.stopRequested()
        && (known || measurements.log().trials().size() < options.maxEvaluations());
  }

  /** Measures each node for itself; false when stopped. */
  private boolean rank() {
    done = 0;
    List<String> nodes = measurements.nodes();
    for (String node : nodes) {
      if (control.stopRequested()) {
        return false;
      }
      NodeSensitivity sensitivity = measurements.sensitivity(node);
      done++;
      int left = nodes.size() - done;
      listener.measured(
          sensitivity,
          new SearchProgress(
              Phase.RANKING,
              done,
              nodes.size(),
              best(),
              measurements.seconds(left, steps(nodes.size()) + 2)));
    }
    done = 0;
    return true;
  }

  /** How many bisections a span takes. */
  private static int steps(int span) {
    return span <= 1 ? 0 : 32 - Integer.numberOfLeadingZeros(span - 1);
  }

  private boolean met(Set<String> kept, Phase phase, int left) {
    Trial trial = measurements.trial(kept);
    done++;
    tell(trial, phase, left, 0);
    return bounds.met(trial.score());
  }

  private void tell(Trial trial, Phase phase, int trialsLeft, int sensitivitiesLeft) {
    listener.evaluated(
        trial,
        new SearchProgress(
            phase,
            done,
            done + trialsLeft,
            best(),
            measurements.seconds(sensitivitiesLeft, trialsLeft + steps(sensitivitiesLeft))));
  }

  /**
   * How many of the worst nodes to keep in floats: too few at {@code low}, enough at {@code high}.
   */
  private final class Keeping {
    private final List<String> worst;
    private final int all;
    private int low;
    private int high;
    private int step = 1;
    private int next;

    Keeping(List<String> worst) {
      this.worst = worst;
      this.all = worst.size();
      high = all + 1;
      next = guess();
    }

    boolean isDecided() {
      return high - low <= 1;
    }

    Set<String> next() {
      return new HashSet<>(worst.subList(0, next));
    }

    void take(Set<String> kept) {
      if (met(kept, Phase.KEEPING, steps(high - low) / 2)) {
        high = next;
      } else {
        low = next;
      }
      if (high > all) {
        next = Math.min(all, low + step);
      } else if (low == 0) {
        next = Math.max(1, high - step);
      } else {
        next = (low + high) / 2;
      }
      step *= 2;
    }

    /**
     * The noise of the nodes adds up as it does with all of them quantized; where nothing can be
     * said of that, one.
     */
    private int guess() {
      if (bounds.minSqnrDb().isEmpty()) {
        return 1;
      }
      List<NodeSensitivity> ranking = measurements.log().ranking();
      double left = ranking.stream().mapToDouble(NodeSensitivity::noise).sum();
      double now =
          new NodeSensitivity("", measurements.trial(Set.of()).score().leastSqnrDb()).noise();
      double allowed = new NodeSensitivity("", bounds.minSqnrDb().getAsDouble()).noise();
      double factor = now / left;
      if (!(factor > 0) || Double.isInfinite(factor)) {
        return 1;
      }
      int count = 0;
      while (count < all && left * factor > allowed) {
        left -= ranking.get(count).noise();
        count++;
      }
      return Math.clamp(count, 1, all);
    }
  }

  /** Tries codes again for the nodes kept in floats; false when stopped. */
  private boolean refine(List<String> given) {
    done = 0;
    List<String> kept = new ArrayList<>(given.reversed());
    for (int size = kept.size() / 2; size >= 1; size = size / 2) {
      int from = 0;
      while (from < kept.size() && kept.size() > 1) {
        int to = Math.min(kept.size(), from + size);
        List<String> fewer = new ArrayList<>(kept);
        fewer.subList(from, to).clear();
        Set<String> attempt = new HashSet<>(fewer);
        if (control.stopRequested()) {
          return false;
        }
        if (!mayGoOn(attempt)) {
          return true;
        }
        if (met(attempt, Phase.REFINING, attemptsLeft(kept.size() - to, kept.size(), size))) {
          kept = fewer;
        } else {
          from = to;
        }
      }
    }
    return true;
  }

  private int attemptsLeft(int rest, int kept, int size) {
    int attempts = Math.ceilDiv(rest, size);
    for (int smaller = size / 2; smaller >= 1; smaller /= 2) {
      attempts += Math.ceilDiv(kept, smaller);
    }
    int allowed = options.maxEvaluations() - measurements.log().trials().size();
    return Math.clamp(attempts, 0, Math.max(0, allowed));
  }

  /** The best of all models measured so far. */
  private Optional<Trial> best() {
    Comparator<Trial> better =
        Comparator.comparing((Trial trial) -> !bounds.met(trial.score()))
            .thenComparing(Trial::score, bounds.byDistance())
            .thenComparingInt(trial -> -trial.score().quantized())
            .thenComparingInt(trial -> trial.kept().size())
            .thenComparingDouble(trial -> -trial.score().leastSqnrDb());
    return measurements.log().trials().stream().min(better);
  }

  private SearchResult result(boolean finished) {
    Trial best = best().orElseThrow();
    return new SearchResult(
        measurements.keeps(best.kept()),
        best,
        bounds.met(best.score()),
        finished,
        measurements.log().ranking(),
        measurements.log().trials(),
        measurements.made());
  }
}
