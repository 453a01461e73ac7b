package dev.swage.report;

import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.databind.annotation.JsonDeserialize;
import java.util.List;
import java.util.OptionalDouble;
import java.util.stream.DoubleStream;

/**
 * What {@code compare} measured of two models on the same data.
 *
 * @param reference the model taken as right
 * @param candidate the model compared with it
 * @param agreement fraction of samples on which both give the same class; absent where answers are
 *     not classes
 * @param outputs all outputs of the reference, in its order
 * @param sqnrDb the least of the outputs and of the quantities in them; +∞ when nothing differs,
 *     absent where no floating-point output can be measured
 * @param layers values both graphs have, in the reference's order; may be empty
 * @param data the data's specification as the user typed it
 * @param samples how many samples were compared
 */
public record CompareReport(
    Origin origin,
    ModelResult reference,
    ModelResult candidate,
    OptionalDouble agreement,
    List<OutputResult> outputs,
    @JsonDeserialize(using = JsonNumbers.AbsentOrInfinity.class) OptionalDouble sqnrDb,
    List<Layer> layers,
    String data,
    long samples)
    implements Report {
  public CompareReport {
    Checks.fraction("agreement", agreement);
    Checks.positive("samples", samples);
    outputs = List.copyOf(outputs);
    layers = List.copyOf(layers);
  }

  /** The candidate's size over the reference's. */
  @JsonProperty(access = JsonProperty.Access.READ_ONLY)
  public double sizeRatio() {
    return candidate.sizeRatioTo(reference);
  }

  /**
   * The least share of equal elements of an output that is not of floating point, or of classes.
   */
  @JsonProperty(access = JsonProperty.Access.READ_ONLY)
  public OptionalDouble leastAgreement() {
    return DoubleStream.concat(
            agreement.stream(), outputs.stream().flatMapToDouble(o -> o.agreement().stream()))
        .min();
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
