package dev.swage.report;

import com.fasterxml.jackson.databind.annotation.JsonDeserialize;
import java.util.List;
import java.util.OptionalDouble;

/**
 * One output of a model against the same output of another.
 *
 * @param name of the output
 * @param type of its elements, as {@code float32}
 * @param sqnrDb of a floating-point output: 10 · log10(Σy² / Σ(y − ŷ)²); +∞ when equal; absent
 *     where it cannot be measured
 * @param maxAbsError largest difference of two elements of a floating-point output
 * @param agreement share of equal elements of an integer or boolean output; absent for others
 * @param quantities parts of the output that are quantities of their own: their magnitudes are far
 *     from the rest's
 * @param variation the part that lost most of its variation, with 10 · log10 of the variation over
 *     that of the difference; empty where the output varies too little
 * @param unmeasured why it cannot be measured; empty where it can
 */
public record OutputResult(
    String name,
    String type,
    @JsonDeserialize(using = JsonNumbers.AbsentOrInfinity.class) OptionalDouble sqnrDb,
    double maxAbsError,
    OptionalDouble agreement,
    List<Place> quantities,
    List<Place> variation,
    String unmeasured) {
  public OutputResult {
    Checks.fraction("agreement", agreement);
    quantities = List.copyOf(quantities);
    variation = List.copyOf(variation);
  }

  /** A floating-point output without parts of its own. */
  public static OutputResult of(String name, double sqnrDb, double maxAbsError) {
    return new OutputResult(
        name,
        "float32",
        OptionalDouble.of(sqnrDb),
        maxAbsError,
        OptionalDouble.empty(),
        List.of(),
        List.of(),
        "");
  }

  /**
   * Places {@code from … to − 1} along an axis.
   *
   * @param axis from 0; −1 for the whole output
   */
  public record Place(
      int axis,
      long from,
      long to,
      @JsonDeserialize(using = JsonNumbers.NullIsInfinity.class) double sqnrDb) {}
}
