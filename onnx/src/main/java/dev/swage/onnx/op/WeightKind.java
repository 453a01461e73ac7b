package dev.swage.onnx.op;

import java.util.stream.IntStream;

/** What a weight is to the node that reads it, and so what its axes are. */
public enum WeightKind {
  /** First factor {@code […, M, K]} of a matrix product. */
  FIRST_FACTOR,
  /** First factor {@code [K, M]} of a product with transA. */
  FIRST_FACTOR_TRANSPOSED,
  /** Second factor {@code […, K, N]} of a matrix product; {@code [K, 3N]} of fused attention. */
  PRODUCT,
  /** Second factor {@code [N, K]} of a product with transB. */
  PRODUCT_TRANSPOSED,
  /** {@code [O, I/groups, …]}. */
  CONVOLUTION,
  /** {@code [I, O/groups, …]}. */
  CONVOLUTION_TRANSPOSED,
  /** The same in several groups: each input channel has outputs, and so scales, of its own. */
  CONVOLUTION_TRANSPOSED_GROUPED,
  /** {@code [directions, gates · hidden, columns]} of RNN, GRU and LSTM. */
  RECURRENT,
  /** {@code [experts, outputs, inputs]} of a mixture of experts. */
  EXPERTS,
  /**
   * A table of which rows are looked up: {@code [rows, …]}, or along another axis, which {@link
   * WeightAxes} knows.
   */
  TABLE,
  /** A factor of an Einsum: {@link WeightAxes} knows its axes from the equation. */
  EINSUM;

  /** Whether a weight of this rank has this kind's rows and columns. */
  public boolean takesRank(int rank) {
    return switch (this) {
      case PRODUCT, FIRST_FACTOR, TABLE, EINSUM -> rank >= 2;
      case PRODUCT_TRANSPOSED, FIRST_FACTOR_TRANSPOSED -> rank == 2;
      case CONVOLUTION, CONVOLUTION_TRANSPOSED, CONVOLUTION_TRANSPOSED_GROUPED -> rank >= 3;
      case RECURRENT, EXPERTS -> rank == 3;
    };
  }

  /**
   * The axis of the weight's own shape with one scale per index when quantized per channel.
   *
   * @param rank the weight's rank
   */
  public int channelAxis(int rank) {
    return switch (this) {
      case PRODUCT, EINSUM -> rank - 1;
      case FIRST_FACTOR -> rank - 2;
      case PRODUCT_TRANSPOSED, CONVOLUTION, CONVOLUTION_TRANSPOSED_GROUPED, TABLE -> 0;
      case CONVOLUTION_TRANSPOSED, RECURRENT, EXPERTS, FIRST_FACTOR_TRANSPOSED -> 1;
    };
  }

  /**
   * The axis of the weight's own shape with one index per output unit (in each group, if a
   * transposed convolution has several); a table's rows.
   *
   * @param rank the weight's rank
   */
  public int outputAxis(int rank) {
    return this == CONVOLUTION_TRANSPOSED_GROUPED ? 1 : channelAxis(rank);
  }

  /**
   * The axes an output element sums over, in ascending order: of the grouped transposed convolution
   * its group's part of axis 0; none of a table; of an Einsum as if it were a product.
   *
   * @param rank the weight's rank
   */
  public int[] reductionAxes(int rank) {
    return switch (this) {
      case PRODUCT, PRODUCT_TRANSPOSED, EINSUM -> new int[] {inputAxis(rank)};
      case FIRST_FACTOR, FIRST_FACTOR_TRANSPOSED -> new int[] {inputAxis(rank)};
      case CONVOLUTION, CONVOLUTION_TRANSPOSED, CONVOLUTION_TRANSPOSED_GROUPED ->
          IntStream.range(0, rank).filter(axis -> axis != outputAxis(rank)).toArray();
      case RECURRENT, EXPERTS -> new int[] {2};
      case TABLE -> new int[0];
    };
  }

  /**
   * The axis of the weight's own shape with one index per input unit (in each group, of a
   * convolution that is not transposed); the width of a table.
   *
   * @param rank the weight's rank
   */
  public int inputAxis(int rank) {
    return switch (this) {
      case PRODUCT, EINSUM -> rank - 2;
      case FIRST_FACTOR -> rank - 1;
      case PRODUCT_TRANSPOSED, CONVOLUTION, TABLE -> 1;
      case CONVOLUTION_TRANSPOSED, CONVOLUTION_TRANSPOSED_GROUPED, FIRST_FACTOR_TRANSPOSED -> 0;
      case RECURRENT, EXPERTS -> 2;
    };
  }

  /** The axis of a product's output columns, as counted from the end. */
  public int columnAxis() {
    return this == PRODUCT_TRANSPOSED ? -2 : -1;
  }

  /** Whether this is the second factor of a matrix product. */
  public boolean isProduct() {
    return this == PRODUCT || this == PRODUCT_TRANSPOSED;
  }

  /** Whether this is the kernel of a convolution, transposed or not. */
  public boolean isConvolution() {
    return switch (this) {
      case CONVOLUTION, CONVOLUTION_TRANSPOSED, CONVOLUTION_TRANSPOSED_GROUPED -> true;
      default -> false;
    };
  }
}
