package dev.swage.clip;

import dev.swage.kernel.Reductions;
import dev.swage.kernel.UnitSquares;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

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
  private final NormOrder order;
  private final double[] parts;
  private final Bad bad;
  private final Optional<Units> units;

  /** Sums by unit, and which clipper's choice of tensors they are of. */
  private record Units(GradientClipper of, List<UnitSquares> squares) {}

  /** What is not finite. */
  private record Bad(long count, Optional<BadParameter> first) {}

  private GradientMeasure(
      List<Gradients.Entry> entries, double[] squares, NormOrder order, double[] parts, Bad bad) {
    this(entries, squares, order, parts, bad, Optional.empty());
  }

  private GradientMeasure(
      List<Gradients.Entry> entries,
      double[] squares,
      NormOrder order,
      double[] parts,
      Bad bad,
      Optional<Units> units) {
    this.entries = entries;
    this.squares = squares;
    this.total = Reductions.sum(squares);
    this.order = order;
    this.parts = parts;
    this.bad = bad;
    this.units = units;
  }

  /** One read, for the squared L2 norms and for the parts of a norm of this order. */
  static GradientMeasure of(Gradients gradients, NormOrder order) {
    Reductions.Measured measured =
        Reductions.measure(gradients.memory(), gradients.edits(), order.p());
    return new GradientMeasure(
        gradients.entries(),
        measured.squares(),
        order,
        measured.parts(),
        bad(gradients, measured.squares()));
  }

  /** From squared L2 norms that are known already. */
  static GradientMeasure of(Gradients gradients, double[] squares) {
    return new GradientMeasure(
        gradients.entries(), squares, NormOrder.L2, squares, bad(gradients, squares));
  }

  /** With the sums of the units that a clipper looks at. */
  GradientMeasure withUnits(GradientClipper of, List<UnitSquares> unitSquares) {
    return new GradientMeasure(
        entries, squares, order, parts, bad, Optional.of(new Units(of, unitSquares)));
  }

  /** What this clipper measured by unit, if it did. */
  Optional<List<UnitSquares>> units(GradientClipper of) {
    return units.filter(u -> u.of().equals(of)).map(Units::squares);
  }

  private static Bad bad(Gradients gradients, double[] squares) {
    long nonFinite = 0;
    Optional<BadParameter> first = Optional.empty();
    for (int i = 0; i < squares.length; i++) {
      if (!Double.isFinite(squares[i])) {
        MemorySegment data = gradients.get(i).data();
        Reductions.NonFinite found = Reductions.countNonFinite(data);
        nonFinite += found.count();
        if (first.isEmpty()) {
          first =
              Optional.of(
                  new BadParameter(
                      gradients.get(i).name(),
                      found.count(),
                      data.byteSize() / Float.BYTES,
                      found.firstIndex()));
        }
      }
    }
    return new Bad(nonFinite, first);
  }

  /** Whether norms of this order follow from what was read. */
  boolean covers(NormOrder other) {
    return other.equals(NormOrder.L2) || other.equals(order);
  }

  /** Of every tensor Σ |g| for order 1, Σ g² for 2, otherwise its norm. */
  double[] parts(NormOrder wanted) {
    return wanted.equals(NormOrder.L2) ? squares : parts;
  }

  /** Of the gradients after a decision; null when that must be measured. */
  @Nullable GradientMeasure after(ClipDecision decision, int tensors) {
    Optional<double[]> coefficients = decision.coefficients(tensors);
    if (coefficients.isEmpty()) {
      return null;
    }
    double[] c = coefficients.get();
    double[] newSquares = squares.clone();
    double[] newParts = parts.clone();
    for (int i = 0; i < c.length; i++) {
      newSquares[i] *= c[i] * c[i];
      newParts[i] *= order.equals(NormOrder.L2) ? c[i] * c[i] : c[i];
    }
    return new GradientMeasure(entries, newSquares, order, newParts, bad);
  }

  GradientMeasure subset(int[] indices) {
    return new GradientMeasure(
        IntStream.of(indices).mapToObj(entries::get).toList(),
        IntStream.of(indices).mapToDouble(i -> squares[i]).toArray(),
        order,
        IntStream.of(indices).mapToDouble(i -> parts[i]).toArray(),
        bad);
  }

  /** Squared L2 norm of tensor i. */
  public double sumOfSquares(int index) {
    return squares[index];
  }

  /** L2 norm of all gradients together. */
  public double norm() {
    return Math.sqrt(total);
  }

  /** Number of NaN and infinite elements. */
  public long nonFinite() {
    return bad.count();
  }

  /** The first parameter with a NaN or infinite element. */
  public Optional<BadParameter> firstNonFinite() {
    return bad.first();
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
