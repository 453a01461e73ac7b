package dev.swage.run.measure;

import dev.swage.tensor.DType;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalDouble;

/**
 * How far one output lies from the reference's.
 *
 * @param name of the output
 * @param dtype of its elements
 * @param sqnrDb {@code 10 log10(Σx² / Σ(x − y)²)} over all elements of a floating-point output; +∞
 *     when nothing differs, NaN when something is not a number; empty where that says nothing
 * @param maxAbsDiff largest |x − y| of a floating-point output
 * @param agreement share of equal elements of an integer or boolean output
 * @param quantities parts of the output that are quantities of their own, each with its ratio
 * @param variation the part of which least variation is kept: {@code 10 log10(Σ(x − x̄)² / Σ(e −
 *     ē)²)} with e = x − y; empty where the reference varies too little to tell
 * @param unmeasured why there is no ratio or agreement; empty where there is one
 */
public record OutputError(
    String name,
    DType dtype,
    OptionalDouble sqnrDb,
    double maxAbsDiff,
    OptionalDouble agreement,
    List<Part> quantities,
    Optional<Part> variation,
    Optional<Unmeasured> unmeasured) {
  public OutputError {
    quantities = List.copyOf(quantities);
  }

  /** Why an output cannot be measured. */
  public enum Unmeasured {
    MISSING("the candidate has no such output"),
    EMPTY("it has no elements"),
    CONSTANT("the reference gives one value only"),
    OTHER_SHAPES("its shape depends on values, and differs from the reference's"),
    UNREAD_TYPE("elements of its type are not read");

    private final String text;

    Unmeasured(String text) {
      this.text = text;
    }

    /** In words. */
    public String text() {
      return text;
    }
  }

  /** The output itself or the quantity in it that is furthest from the reference. */
  public Optional<Part> worst() {
    if (sqnrDb.isEmpty()) {
      return Optional.empty();
    }
    Part worst = Part.whole(sqnrDb.getAsDouble());
    for (Part part : quantities) {
      worst = isLower(part.sqnrDb(), worst.sqnrDb()) ? part : worst;
    }
    return Optional.of(worst);
  }

  /** Whether a ratio is lower; NaN is the lowest. */
  static boolean isLower(double sqnrDb, double than) {
    return Double.isNaN(sqnrDb) ? !Double.isNaN(than) : sqnrDb < than;
  }

  /** The output and places of it in words, as {@code output 'y', places 4…6 of axis 2}. */
  public String describe(Part part) {
    return part.isWhole()
        ? String.format(Locale.ROOT, "output '%s'", name)
        : String.format(Locale.ROOT, "output '%s', %s", name, part.places());
  }
}
