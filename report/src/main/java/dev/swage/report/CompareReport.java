package dev.swage.report;

import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.databind.annotation.JsonDeserialize;
import java.util.List;
import java.util.OptionalDouble;

/**
 * What {@code compare} measured of two models on the same data.
 *
 * @param reference the model taken as right
 * @param candidate the model compared with it
 * @param agreement fraction of samples on which both give the same class; absent where answers are
 *     not classes
 * @param sqnrDb of the candidate's outputs: 10 · log10(Σy² / Σ(y − ŷ)²); +∞ when equal
 * @param layers values both graphs have, in the reference's order; may be empty
 * @param data the data's specification as the user typed it
 * @param samples how many samples were compared
 */
public record CompareReport(
    Origin origin,
    ModelResult reference,
    ModelResult candidate,
    OptionalDouble agreement,
    @JsonDeserialize(using = JsonNumbers.NullIsInfinity.class) double sqnrDb,
    List<Layer> layers,
    String data,
    long samples)
    implements Report {
  public CompareReport {
    Checks.fraction("agreement", agreement);
    Checks.positive("samples", samples);
    layers = List.copyOf(layers);
  }

  /** The candidate's size over the reference's. */
  @JsonProperty(access = JsonProperty.Access.READ_ONLY)
  public double sizeRatio() {
    return candidate.sizeRatioTo(reference);
  }

  /** How many times as fast as the reference the candidate is; 1 where that was not measured. */
  @JsonProperty(access = JsonProperty.Access.READ_ONLY)
  public double speedup() {
    return candidate.speedup().orElse(1);
  }

  /**
   * How a value inside the graph differs.
   *
   * @param name of the value in both graphs
   * @param sqnrDb as of the outputs
   * @param maxAbsError largest difference of two elements
   */
  public record Layer(
      String name,
      @JsonDeserialize(using = JsonNumbers.NullIsInfinity.class) double sqnrDb,
      double maxAbsError) {}
}
