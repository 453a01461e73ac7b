package dev.swage.compress.search;

import dev.swage.compress.search.SearchProgress.Phase;
import java.util.Comparator;
import java.util.List;
import java.util.NavigableSet;
import java.util.Optional;

/** One search from beginning to end, or to where it was stopped. */
final class SearchRun {
  private final Measurements measurements;
  private final Bounds bounds;
  private final SearchOptions options;
  private final SearchListener listener;
  private final SearchControl control;
  private final List<Ladder> ladders;
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
    this.ladders = measurements.ladders();
  }

  SearchResult search() {
    Trial first = measurements.trial(Levels.top());
    boolean met = bounds.met(first.score());
    done = 1;
    tell(first, Phase.FIRST, 0, met ? 0 : ladders.size());
    if (met || ladders.isEmpty()) {
      return result(true);
    }
    if (!rank()) {
      return result(false);
    }
    try {
      Optional<Levels> found = moveDown(first);
      if (found.isPresent()) {
        new Refinement(found.get()).run();
      }
    } catch (Stopped e) {
      return result(best().filter(trial -> bounds.met(trial.score())).isPresent() && e.spent);
    }
    return result(true);
  }

  /** The search may not go on. */
  private static final class Stopped extends Exception {
    private static final long serialVersionUID = 1;

    /** Whether it used up its evaluations. */
    private final boolean spent;

    Stopped(boolean spent) {
      super("stopped", null, false, false);
      this.spent = spent;
    }
  }

  /** Whether a model may be measured: always one that is known. */
  private void requireMayGoOn(Levels levels) throws Stopped {
    if (control.stopRequested()) {
      throw new Stopped(false);
    }
    boolean known = measurements.known(levels).isPresent();
    if (!known && measurements.log().trials().size() >= options.maxEvaluations()) {
      throw new Stopped(true);
    }
  }

  /** Measures each node for itself; false when stopped. */
  private boolean rank() {
    done = 0;
    for (Ladder ladder : ladders) {
      if (control.stopRequested()) {
        return false;
      }
      NodeSensitivity sensitivity = measurements.sensitivity(ladder, 0);
      done++;
      int left = ladders.size() - done;
      listener.measured(
          sensitivity,
          new SearchProgress(
              Phase.RANKING,
              done,
              ladders.size(),
              best(),
              measurements.seconds(left, steps(ladders.size()) + 2)));
    }
    return true;
  }

  /** How many bisections a span takes. */
  private static int steps(int span) {
    return span <= 1 ? 0 : 32 - Integer.numberOfLeadingZeros(span - 1);
  }

  private boolean met(Levels levels, Phase phase, int left) throws Stopped {
    requireMayGoOn(levels);
    Trial trial = measurements.trial(levels);
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
   * The levels of the lowest price of noise at which the bounds hold: first guessed, then bisected.
   * Empty where they hold at none.
   */
  private Optional<Levels> moveDown(Trial first) throws Stopped {
    Frontier frontier = new Frontier(measurements);
    double low = 0;
    double high = Double.POSITIVE_INFINITY;
    Optional<Levels> found = Optional.empty();
    double next = guess(frontier, first);
    done = 0;
    while (next > low && next < high) {
      if (control.stopRequested()) {
        throw new Stopped(false);
      }
      Levels levels = frontier.at(next);
      int left = steps(between(frontier, low, high).size());
      if (met(levels, Phase.MOVING, Math.max(0, left - 1))) {
        high = next;
        found = Optional.of(levels);
      } else {
        low = next;
      }
      next = middle(between(frontier, low, high));
    }
    return found;
  }

  private NavigableSet<Double> between(Frontier frontier, double low, double high) {
    return frontier.prices().subSet(low, false, high, false);
  }

  private static double middle(NavigableSet<Double> prices) {
    return prices.stream().skip(prices.size() / 2).findFirst().orElse(Double.NaN);
  }

  /**
   * The noise of the nodes adds up as it does with all of them at their first rungs; where nothing
   * can be said of that, a price in the middle.
   */
  private double guess(Frontier frontier, Trial first) {
    double now = NodeSensitivity.noise(first.score().leastSqnrDb());
    double factor = now / frontier.noise(Levels.top());
    double allowed =
        bounds.minSqnrDb().isPresent()
            ? NodeSensitivity.noise(bounds.minSqnrDb().getAsDouble())
            : Double.NaN;
    double low = 0;
    double high = Double.POSITIVE_INFINITY;
    NavigableSet<Double> prices = frontier.prices();
    double next = middle(prices);
    if (!(factor > 0) || Double.isInfinite(factor) || Double.isNaN(allowed)) {
      return next;
    }
    while (next > low && next < high && !control.stopRequested()) {
      double noise = factor * frontier.noise(frontier.at(next));
      if (noise <= allowed) {
        high = next;
      } else {
        low = next;
      }
      next = middle(between(frontier, low, high));
    }
    return Double.isInfinite(high) ? frontier.prices().last() : high;
  }

  /** Moves up again, least sensitive first, what can do with a higher rung. */
  private final class Refinement {
    private Levels levels;

    Refinement(Levels found) {
      levels = found;
    }

    void run() throws Stopped {
      done = 0;
      for (int size = Math.max(1, moved().size() / 2); size >= 1; size /= 2) {
        List<Ladder> moved = moved();
        for (int from = 0; from < moved.size(); from += size) {
          int to = Math.min(moved.size(), from + size);
          attempt(moved.subList(from, to), attemptsLeft(moved.size() - to, moved.size(), size));
        }
      }
    }

    private List<Ladder> moved() {
      return ladders.stream()
          .filter(ladder -> levels.of(ladder) > 0)
          .sorted(
              Comparator.comparingDouble(
                  (Ladder ladder) -> measurements.sensitivity(ladder, 0).noise()))
          .toList();
    }

    private void attempt(List<Ladder> some, int left) throws Stopped {
      Levels higher = levels;
      for (Ladder ladder : some) {
        higher = higher.with(ladder, above(ladder, levels.of(ladder)));
      }
      if (met(higher, Phase.REFINING, left)) {
        levels = higher;
      }
    }

    /** The next rung up that loses less than those above it. */
    private int above(Ladder ladder, int level) {
      for (int above = level - 1; above > 0; above--) {
        double own = decibels(ladder, above);
        boolean better = true;
        for (int higher = 0; higher < above; higher++) {
          better &= !(decibels(ladder, higher) >= own);
        }
        if (better) {
          return above;
        }
      }
      return 0;
    }

    /** What is not measured might lose nothing. */
    private double decibels(Ladder ladder, int level) {
      return measurements.knows(ladder, level)
          ? measurements.sensitivity(ladder, level).sqnrDb()
          : Double.POSITIVE_INFINITY;
    }

    private int attemptsLeft(int rest, int moved, int size) {
      int attempts = Math.ceilDiv(rest, size);
      for (int smaller = size / 2; smaller >= 1; smaller /= 2) {
        attempts += Math.ceilDiv(moved, smaller);
      }
      int allowed = options.maxEvaluations() - measurements.log().trials().size();
      return Math.clamp(attempts, 0, Math.max(0, allowed));
    }
  }

  /** The best of all models measured so far. */
  private Optional<Trial> best() {
    Comparator<Trial> better =
        Comparator.comparing((Trial trial) -> !bounds.met(trial.score()))
            .thenComparing(Trial::score, bounds.byDistance())
            .thenComparingDouble(trial -> Levels.of(ladders, trial.ways()).cost(ladders))
            .thenComparingInt(trial -> trial.ways().size())
            .thenComparingDouble(trial -> -trial.score().leastSqnrDb());
    return measurements.log().trials().stream().min(better);
  }

  private SearchResult result(boolean finished) {
    Trial best = best().orElseThrow();
    return new SearchResult(
        measurements.assignment(Levels.of(ladders, best.ways())),
        best,
        bounds.met(best.score()),
        finished,
        measurements.log().ranking(),
        measurements.log().trials(),
        measurements.made());
  }
}
