package dev.swage.graph.fuse;

import dev.swage.graph.pass.Scope;
import dev.swage.onnx.Node;
import dev.swage.tensor.DType;
import dev.swage.tensor.Shape;
import dev.swage.tensor.Tensor;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * A BatchNormalization of known means and variances: {@code factor·x + shift} per channel, with
 * {@code factor = γ/√(σ² + ε)} and {@code shift = β − factor·μ}.
 */
public final class ChannelAffine {
  private static final float DEFAULT_EPSILON = 1e-5f;

  private final double[] factors;
  private final double[] shifts;

  private ChannelAffine(double[] factors, double[] shifts) {
    this.factors = factors;
    this.shifts = shifts;
  }

  /** Empty if a parameter is not a float32 constant, or a number is not finite. */
  public static Optional<ChannelAffine> of(Node normalization, Scope scope) {
    List<Tensor> parameters = new ArrayList<>();
    for (int i = 1; i <= 4; i++) {
      scope
          .constant(normalization.input(i))
          .filter(tensor -> tensor.dtype() == DType.FLOAT32)
          .ifPresent(parameters::add);
    }
    Shape shape = parameters.isEmpty() ? Shape.of() : parameters.getFirst().shape();
    if (parameters.size() < 4
        || shape.rank() != 1
        || !parameters.stream().allMatch(tensor -> tensor.shape().equals(shape))) {
      return Optional.empty();
    }
    double epsilon = normalization.floatAttribute("epsilon", DEFAULT_EPSILON);
    double[] factors = new double[(int) shape.elements()];
    double[] shifts = new double[factors.length];
    for (int c = 0; c < factors.length; c++) {
      double gamma = parameters.get(0).getFloat(c);
      double beta = parameters.get(1).getFloat(c);
      double mean = parameters.get(2).getFloat(c);
      double variance = parameters.get(3).getFloat(c);
      factors[c] = gamma / Math.sqrt(variance + epsilon);
      shifts[c] = beta - factors[c] * mean;
      if (!Double.isFinite(factors[c]) || !Double.isFinite(shifts[c])) {
        return Optional.empty();
      }
    }
    return Optional.of(new ChannelAffine(factors, shifts));
  }

  public int channels() {
    return factors.length;
  }

  public double[] factors() {
    return factors;
  }

  public double[] shifts() {
    return shifts;
  }

  /** The factors as a float32 tensor. */
  public Tensor factors(Shape shape) {
    return Tensor.ofFloats(shape, rounded(factors));
  }

  /** The shifts as a float32 vector. */
  public Tensor shiftVector() {
    return Tensor.ofFloats(Shape.of(shifts.length), rounded(shifts));
  }

  private static float[] rounded(double[] values) {
    float[] floats = new float[values.length];
    for (int i = 0; i < floats.length; i++) {
      floats[i] = (float) values[i];
    }
    return floats;
  }
}
