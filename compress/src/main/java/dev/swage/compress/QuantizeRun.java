package dev.swage.compress;

import dev.swage.compress.search.SearchControl;
import java.nio.file.Path;
import java.util.Optional;

/**
 * How a quantization is watched, stopped and taken up again.
 *
 * @param listeners who is told how far it is
 * @param control stops the search for nodes to keep in floating point; the best so far counts then
 * @param state file in which that search keeps what it measured; measurements it holds are not made
 *     again. Empty to keep nothing
 */
public record QuantizeRun(
    QuantizeListeners listeners, SearchControl control, Optional<Path> state) {
  /** Unwatched, not to be stopped, remembering nothing. */
  public static QuantizeRun quiet() {
    return new QuantizeRun(QuantizeListeners.NONE, new SearchControl(), Optional.empty());
  }
}
