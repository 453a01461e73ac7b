package dev.swage.compress.search;

import java.nio.file.Path;
import java.util.Optional;

/**
 * Moves nodes to other ways of quantizing, and to floating point at last, until a model keeps its
 * bounds.
 *
 * <p>Where every node on the first rung of its {@link Ladder} misses them, each is measured for
 * itself ({@link SearchProblem#sensitivity}). Each then goes to the rung that is best at some price
 * of noise, the same for all: the rung with the least {@code cost + price · noise}. What rungs
 * further down lose is measured when it is needed. The price is first guessed from the sum of the
 * noise, then bisected; each guess is a model that is measured. At last those that were moved are
 * tried a rung higher, half of them at a time, then quarters, down to each, least sensitive first.
 * The result is a model that was measured, not one that is thought to keep the bounds; it need not
 * be the cheapest there is.
 *
 * <p>Deterministic as far as the problem's measurements are. With a state file, nothing is measured
 * twice, in this run or after a restart.
 */
public final class BoundSearch {
  private final SearchProblem problem;
  private final Bounds bounds;
  private final SearchOptions options;
  private final SearchListener listener;
  private final SearchControl control;

  private BoundSearch(
      SearchProblem problem,
      Bounds bounds,
      SearchOptions options,
      SearchListener listener,
      SearchControl control) {
    this.problem = problem;
    this.bounds = bounds;
    this.options = options;
    this.listener = listener;
    this.control = control;
  }

  /** A search with {@link SearchOptions#defaults}. */
  public static BoundSearch of(SearchProblem problem, Bounds bounds) {
    return new BoundSearch(
        problem, bounds, SearchOptions.defaults(), SearchListener.NONE, new SearchControl());
  }

  public BoundSearch withOptions(SearchOptions choice) {
    return new BoundSearch(problem, bounds, choice, listener, control);
  }

  /** The same, telling the listener how far it is. */
  public BoundSearch reporting(SearchListener progress) {
    return new BoundSearch(problem, bounds, options, progress, control);
  }

  /** The same, ended early through the control. */
  public BoundSearch stoppedBy(SearchControl stop) {
    return new BoundSearch(problem, bounds, options, listener, stop);
  }

  /** Searches, remembering nothing beyond the result. */
  public SearchResult run() {
    return run(Optional.empty());
  }

  /**
   * Searches; measurements are written to the file as they are made and taken from it where it has
   * them.
   *
   * @param state the file; it need not exist
   * @throws SearchException if it cannot be read or written, or holds a search of another model, of
   *     other data or with other settings
   */
  public SearchResult run(Path state) {
    return run(Optional.of(state));
  }

  private SearchResult run(Optional<Path> state) {
    Optional<SearchFile> file = state.map(path -> new SearchFile(path, problem.key()));
    MeasurementLog log = file.map(SearchFile::read).orElseGet(MeasurementLog::new);
    Measurements measurements = new Measurements(problem, log, file);
    return new SearchRun(measurements, bounds, options, listener, control).search();
  }
}
