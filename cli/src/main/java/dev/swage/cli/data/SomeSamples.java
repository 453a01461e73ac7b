package dev.swage.cli.data;

import dev.swage.compress.QuantizeData;
import dev.swage.data.DataSource;
import dev.swage.data.HoldOut;
import dev.swage.hybrid.QatOptions;
import java.util.Optional;

/** As many samples as training through codes takes to observe ranges on, and to prove a file on. */
public final class SomeSamples {
  /** More tell nothing new of ranges. */
  public static final int MOST = 512;

  private SomeSamples() {}

  /** What ranges are observed on, where they are fixed ahead. */
  public static QuantizeData toObserve(DataSource data, QatOptions codes, long seed) {
    return codes.fixesRanges() ? QuantizeData.of(of(data, seed)) : QuantizeData.none();
  }

  /** What a file is proven on; a long text's model on random inputs. */
  public static Optional<DataSource> toProve(DataSource data, long seed) {
    return data.streams().isPresent() ? Optional.empty() : Optional.of(of(data, seed));
  }

  private static DataSource of(DataSource data, long seed) {
    boolean whole = data.streams().isPresent() || data.size() <= MOST;
    return whole ? data : HoldOut.of(data, (double) MOST / data.size(), seed).held();
  }
}
