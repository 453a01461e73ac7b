package dev.swage.onnx.layer;

/** How fresh weights are drawn; fan-in and fan-out count the receptive field. */
public sealed interface WeightInit {
  /** N(0, 2/fanIn): He et al. 2015, for rectifiers. */
  WeightInit HE_NORMAL = Scaled.HE_NORMAL;

  /** U(±√(6/fanIn)): He et al. 2015, for rectifiers. */
  WeightInit HE_UNIFORM = Scaled.HE_UNIFORM;

  /** N(0, 2/(fanIn+fanOut)): Glorot and Bengio 2010. */
  WeightInit GLOROT_NORMAL = Scaled.GLOROT_NORMAL;

  /** U(±√(6/(fanIn+fanOut))): Glorot and Bengio 2010. */
  WeightInit GLOROT_UNIFORM = Scaled.GLOROT_UNIFORM;

  /**
   * A random matrix with orthonormal rows, or columns where it has fewer of them: Saxe et al. 2014.
   * Each gate of a recurrent layer is a matrix of its own.
   */
  WeightInit ORTHOGONAL = new Orthogonal();

  /** N(0, deviation²). */
  static WeightInit normal(double deviation) {
    return new Normal(deviation);
  }

  /** U(−bound, bound). */
  static WeightInit uniform(double bound) {
    return new Uniform(bound);
  }

  /**
   * Square matrices of {@code nonZeros} normal values in each row, scaled to a spectral radius:
   * Sutskever et al. 2013, Pascanu et al. 2013 (with 15 and 0.95). For recurrent weights.
   */
  static WeightInit sparse(int nonZeros, double spectralRadius) {
    return new Sparse(nonZeros, spectralRadius);
  }

  /** Deviations that follow from the layer's fans. */
  enum Scaled implements WeightInit {
    HE_NORMAL,
    HE_UNIFORM,
    GLOROT_NORMAL,
    GLOROT_UNIFORM
  }

  /**
   * @param deviation > 0
   */
  record Normal(double deviation) implements WeightInit {
    public Normal {
      requirePositive("deviation", deviation);
    }
  }

  /**
   * @param bound > 0
   */
  record Uniform(double bound) implements WeightInit {
    public Uniform {
      requirePositive("bound", bound);
    }
  }

  record Orthogonal() implements WeightInit {}

  /**
   * @param nonZeros at least 1
   * @param spectralRadius > 0
   */
  record Sparse(int nonZeros, double spectralRadius) implements WeightInit {
    public Sparse {
      requirePositive("non-zeros", nonZeros);
      requirePositive("spectral radius", spectralRadius);
    }
  }

  private static void requirePositive(String what, double value) {
    if (!(value > 0 && Double.isFinite(value))) {
      throw new IllegalArgumentException(what + " must be positive, got " + value);
    }
  }
}
