package dev.swage.onnx.layer;

import dev.swage.tensor.DType;
import dev.swage.tensor.HeapMemory;
import dev.swage.tensor.Shape;
import dev.swage.tensor.Tensor;
import java.lang.foreign.MemorySegment;
import java.util.function.DoubleSupplier;
import java.util.random.RandomGenerator;
import java.util.random.RandomGeneratorFactory;

/** How the elements of one float32 weight are made when a network is built. */
sealed interface Draw {
  /** Every element is {@code value}. */
  record Constant(float value) implements Draw {}

  /** N(0, deviation²). */
  record Normal(double deviation) implements Draw {}

  /** U(−bound, bound). */
  record Uniform(double bound) implements Draw {}

  /** Orthogonal matrices of {@code rows} rows, one below the other. */
  record Orthogonal(int rows) implements Draw {}

  /** Sparse square matrices of a given spectral radius, one below the other. */
  record Sparse(int nonZeros, double spectralRadius) implements Draw {}

  /** Zeros, but {@code value} where {@code from ≤ index mod period < to}. */
  record Span(int period, int from, int to, float value) implements Draw {}

  /** The draw of {@code init} for these fans. */
  static Draw of(WeightInit init, double fanIn, double fanOut) {
    return of(init, fanIn, fanOut, Integer.MAX_VALUE);
  }

  /** The draw of {@code init} for these fans, where matrices have {@code rows} rows. */
  static Draw of(WeightInit init, double fanIn, double fanOut, int rows) {
    return switch (init) {
      case WeightInit.Scaled scaled ->
          switch (scaled) {
            case HE_NORMAL -> new Normal(Math.sqrt(2 / fanIn));
            case HE_UNIFORM -> new Uniform(Math.sqrt(6 / fanIn));
            case GLOROT_NORMAL -> new Normal(Math.sqrt(2 / (fanIn + fanOut)));
            case GLOROT_UNIFORM -> new Uniform(Math.sqrt(6 / (fanIn + fanOut)));
          };
      case WeightInit.Normal(double deviation) -> new Normal(deviation);
      case WeightInit.Uniform(double bound) -> new Uniform(bound);
      case WeightInit.Orthogonal() -> new Orthogonal(rows);
      case WeightInit.Sparse(int nonZeros, double radius) -> new Sparse(nonZeros, radius);
    };
  }

  /**
   * Draws weight number {@code index}. Each weight has a generator of its own, so that its elements
   * depend on the seed and on its position, not on the sizes of the weights before it.
   */
  default Tensor tensor(Shape shape, long seed, int index) {
    RandomGenerator random =
        RandomGeneratorFactory.of("L64X128MixRandom")
            .create(seed + (index + 1) * 0x9E3779B97F4A7C15L);
    return fill(
        shape,
        switch (this) {
          case Constant c -> c::value;
          case Normal n -> () -> random.nextGaussian() * n.deviation();
          case Uniform u -> () -> (2 * random.nextDouble() - 1) * u.bound();
          case Orthogonal o -> MatrixDraws.orthogonal(shape, o.rows(), random);
          case Sparse s -> MatrixDraws.sparse(shape, s, random);
          case Span s -> MatrixDraws.span(s);
        });
  }

  private static Tensor fill(Shape shape, DoubleSupplier next) {
    long elements = shape.elements();
    MemorySegment data = HeapMemory.allocate(DType.FLOAT32.bytes(elements));
    for (long i = 0; i < elements; i++) {
      data.set(Tensor.LE_FLOAT, i * 4, (float) next.getAsDouble());
    }
    return Tensor.of(DType.FLOAT32, shape, data);
  }
}
