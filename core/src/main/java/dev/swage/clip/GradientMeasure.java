package dev.swage.clip;

import dev.swage.kernel.Reductions;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;

/**
 * What one read of the gradients tells: the squared L2 norm of every tensor, and with it whether
 * all elements are finite. A sum of squares in double is non-finite exactly if an element is; only
 * such tensors are read again, to count and locate.
 */
public final class GradientMeasure {
  private static final int TOP = 3;

  private final List<Gradients.Entry> entries;
  private final double[] squares;
  private final double total;
  private final long nonFinite;
  private final Optional<BadParameter> firstNonFinite;

  private GradientMeasure(
      List<Gradients.Entry> entries,
      double[] squares,
      long nonFinite,
      Optional<BadParameter> firstNonFinite) {
    this.entries = entries;
    this.squares = squares;
    this.total = Reductions.sum(squares);
    this.nonFinite = nonFinite;
    this.firstNonFinite = firstNonFinite;
  }

  static GradientMeasure of(Gradients gradients) {
    double[] squares = Reductions.sumsOfSquares(gradients.memory());
    long nonFinite = 0;
    Optional<BadParameter> first = Optional.empty();
    for (int i = 0; i < squares.length; i++) {
      if (!Double.isFinite(squares[i])) {
        MemorySegment data = gradients.get(i).data();
        Reductions.NonFinite bad = Reductions.countNonFinite(data);
        nonFinite += bad.count();
        if (first.isEmpty()) {
          first =
              Optional.of(
                  new BadParameter(
                      gradients.get(i).name(),
                      bad.count(),
                      data.byteSize() / Float.BYTES,
                      bad.firstIndex()));
        }
      }
    }
    return new GradientMeasure(gradients.entries(), squares, nonFinite, first);
  }

  /** Squared L2 norm of tensor i. */
  public double sumOfSquares(int index) {
    return squares[index];
  }

  /** Squared L2 norm of every tensor, as a copy. */
  double[] sumsOfSquares() {
    return squares.clone();
  }

  /** L2 norm of all gradients together. */
  public double norm() {
    return Math.sqrt(total);
  }

  /** Number of NaN and infinite elements. */
  public long nonFinite() {
    return nonFinite;
  }

  /** The first parameter with a NaN or infinite element. */
  public Optional<BadParameter> firstNonFinite() {
    return firstNonFinite;
  }

  /** Up to three parameters with the largest share of the squared norm; none if it is not > 0. */
  public List<ClipRecord.Share> topShares() {
    if (!(total > 0) || Double.isInfinite(total)) {
      return List.of();
    }
    List<ClipRecord.Share> top = new ArrayList<>(TOP + 1);
    for (int i = 0; i < squares.length; i++) {
      double share = squares[i] / total;
      if (top.size() < TOP || share > top.getLast().share()) {
        top.add(new ClipRecord.Share(entries.get(i).name(), share));
        top.sort(Comparator.comparingDouble(ClipRecord.Share::share).reversed());
        if (top.size() > TOP) {
          top.removeLast();
        }
      }
    }
    return top;
  }

  /**
   * A parameter whose gradient has non-finite elements.
   *
   * @param count how many are NaN or infinite
   * @param elements how many there are in all
   * @param firstIndex flat index of the first bad one
   */
  public record BadParameter(String name, long count, long elements, long firstIndex) {}
}
