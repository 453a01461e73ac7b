package dev.swage.run.score;

import dev.swage.data.DataSource;
import dev.swage.run.ModelSession;
import dev.swage.run.RunException;
import dev.swage.run.measure.OutputError;
import dev.swage.run.measure.Part;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalDouble;

/**
 * How near a model's outputs come to a reference's, all of them.
 *
 * @param samples how many samples both ran on
 * @param outputs in the model's order
 * @param topOneAgreement share of the rows of the first output {@code [n, classes]} whose largest
 *     element is at the same place; empty where the first output has another form
 */
public record OutputFidelity(
    int samples, List<OutputError> outputs, OptionalDouble topOneAgreement) {
  public OutputFidelity {
    outputs = List.copyOf(outputs);
  }

  /** An output, and what of it is furthest from the reference. */
  public record Worst(OutputError output, Part part) {
    /** In words, as {@code output 'y', 4…6 of axis 2}. */
    public String describe() {
      return output.describe(part);
    }
  }

  /**
   * The output, or the quantity in one, with the lowest signal-to-noise ratio; empty where no
   * floating-point output can be measured.
   */
  public Optional<Worst> worst() {
    Worst worst = null;
    for (OutputError output : outputs) {
      Part part = output.worst().orElse(null);
      if (part != null && (worst == null || isLower(part, worst.part()))) {
        worst = new Worst(output, part);
      }
    }
    return Optional.ofNullable(worst);
  }

  private static boolean isLower(Part part, Part than) {
    return Double.isNaN(part.sqnrDb())
        ? !Double.isNaN(than.sqnrDb())
        : part.sqnrDb() < than.sqnrDb();
  }

  /**
   * The least signal-to-noise ratio of an output, or of a quantity in one: NaN where no
   * floating-point output can be measured, or one is not a number.
   */
  public double leastSqnrDb() {
    return worst().map(worst -> worst.part().sqnrDb()).orElse(Double.NaN);
  }

  /** The outputs that cannot be measured, with the reasons; empty when all can. */
  public String unmeasured() {
    List<String> parts = new ArrayList<>();
    for (OutputError output : outputs) {
      output
          .unmeasured()
          .ifPresent(why ->
              parts.add(String.format(Locale.ROOT, "output '%s': %s", output.name(), why.text())));
      if (output.agreement().isPresent()) {
        parts.add(
            String.format(
                Locale.ROOT,
                "output '%s': %s is compared by agreement",
                output.name(),
                output.dtype()));
      }
    }
    return String.join("; ", parts);
  }

  /**
   * Runs both on all samples, states carried where the data are streams.
   *
   * @throws RunException if either cannot be run on the data, or shapes or types differ
   */
  public static OutputFidelity of(
      ModelSession reference, ModelSession candidate, DataSource data, int batchSize) {
    return PairRun.of(reference, candidate, data, batchSize).fidelity();
  }
}
