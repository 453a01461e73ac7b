package dev.swage.kernel;

import java.util.Arrays;

/**
 * Scales on trial for {@link #LANES} lists of elements, a lane each, and what is needed to fit each
 * to its own codes by least squares. For elements x with codes less zero point {@code k =
 * clip(round(x / s), low, high)}, the scale that loses least with these codes is {@code Σ k x / Σ
 * k²}, and then loses {@code Σ x² − (Σ k x)² / Σ k²}. Elements pass in tiles: {@link
 * Quantization#project} adds those of a tile.
 */
public final class ScaleTrials {
  /** Lists side by side: a multiple of every vector length. */
  public static final int LANES = 16;

  /** Rows of a tile, at most: few enough that sums of squared codes are exact in float32. */
  public static final int ROWS = 256;

  private final int count;
  final float[] tile = new float[ROWS * LANES];
  final float[] inverses;
  final int[] low = new int[LANES];
  final int[] high = new int[LANES];
  final double[] products;
  final double[] squares;

  /**
   * @param count scales on trial in each lane
   */
  public ScaleTrials(int count) {
    this.count = count;
    inverses = new float[count * LANES];
    products = new double[count * LANES];
    squares = new double[count * LANES];
  }

  /** Scales on trial in each lane. */
  public int count() {
    return count;
  }

  /** {@code float32 [ROWS, LANES]} to fill before each {@link Quantization#project}. */
  public float[] tile() {
    return tile;
  }

  /** The codes less the zero point of a lane's elements; both within −255…255. */
  public void setCodes(int lane, int least, int most) {
    low[lane] = least;
    high[lane] = most;
  }

  /** Puts a scale on trial by its inverse; elements are at most 2²² steps. */
  public void set(int trial, int lane, float inverse) {
    inverses[trial * LANES + lane] = inverse;
  }

  /** The same scales on trial with a tile and sums of their own. */
  public ScaleTrials another() {
    ScaleTrials other = new ScaleTrials(count);
    System.arraycopy(inverses, 0, other.inverses, 0, inverses.length);
    System.arraycopy(low, 0, other.low, 0, LANES);
    System.arraycopy(high, 0, other.high, 0, LANES);
    return other;
  }

  /** Adds another's sums, of the same scales, to these. */
  public void add(ScaleTrials other) {
    for (int entry = 0; entry < count * LANES; entry++) {
      products[entry] += other.products[entry];
      squares[entry] += other.squares[entry];
    }
  }

  /** Begins sums anew. */
  public void clear() {
    Arrays.fill(products, 0);
    Arrays.fill(squares, 0);
  }

  /**
   * Of the scales fitted to the codes of a lane's trials the one that loses least, the first of
   * equals; 0 where none has codes but zeros, or sums are beyond float32.
   */
  public float best(int lane) {
    double bestProduct = 0;
    double bestSquare = 1;
    for (int entry = lane; entry < products.length; entry += LANES) {
      double product = products[entry];
      double square = squares[entry];
      // product² / square is what the codes explain of Σ x²; no division, there are many of these.
      if (product > 0 && product * product * bestSquare > bestProduct * bestProduct * square) {
        bestProduct = product;
        bestSquare = square;
      }
    }
    float scale = (float) (bestProduct / bestSquare);
    return scale >= Float.MIN_NORMAL && scale < Float.POSITIVE_INFINITY ? scale : 0;
  }

  /** Adds the sums of all lanes up in the first, where all have elements of one list. */
  public void joinLanes() {
    joinLanes(products);
    joinLanes(squares);
  }

  private static void joinLanes(double[] sums) {
    for (int first = 0; first < sums.length; first += LANES) {
      for (int lane = 1; lane < LANES; lane++) {
        sums[first] += sums[first + lane];
      }
    }
  }
}
