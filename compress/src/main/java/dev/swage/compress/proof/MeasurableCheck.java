package dev.swage.compress.proof;

import dev.swage.compress.plan.CompressException;
import dev.swage.data.DataSource;
import dev.swage.run.ModelFile;
import dev.swage.run.ModelSession;
import dev.swage.run.score.OutputFidelity;
import dev.swage.run.score.ReferenceOutputs;

/** Finds out, before anything is searched, whether a bound of the SQNR can be measured at all. */
public final class MeasurableCheck {
  private static final int BATCH = 16;

  private MeasurableCheck() {}

  /**
   * Runs the source on samples.
   *
   * @throws CompressException if no output of it is of floating point and varies, with the reason
   *     for each output
   */
  public static void require(ModelFile source, DataSource data) {
    try (ModelSession session = ModelSession.open(source.path())) {
      OutputFidelity itself = ReferenceOutputs.of(session, data, BATCH).ofItself();
      if (itself.worst().isEmpty()) {
        throw new CompressException(
            "%s: a bound of the SQNR cannot be measured on %s: %s"
                .formatted(source.path(), data.name(), itself.unmeasured()));
      }
    }
  }
}
