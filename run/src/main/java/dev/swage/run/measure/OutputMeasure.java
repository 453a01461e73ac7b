package dev.swage.run.measure;

import dev.swage.run.measure.OutputError.Unmeasured;
import dev.swage.tensor.DType;
import dev.swage.tensor.FloatValues;
import dev.swage.tensor.Shape;
import dev.swage.tensor.Tensor;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import org.jspecify.annotations.Nullable;

/**
 * Adds up how far one output lies from a reference's, run by run. Sums are in double. Not safe for
 * several threads.
 */
public final class OutputMeasure {
  private static final int CHUNK = 1 << 14;

  private final String name;
  private final DType dtype;
  private final Sums all = new Sums();
  private final Agreeing equal = new Agreeing();
  private List<AxisSums> axes = List.of();
  private boolean begun;
  private boolean otherShapes;
  private boolean missing;
  private double maxAbsDiff;
  private double largest;
  private double lowest = Double.POSITIVE_INFINITY;
  private double highest = Double.NEGATIVE_INFINITY;

  /** Of an output of this name and type. */
  public OutputMeasure(String name, DType dtype) {
    this.name = name;
    this.dtype = dtype;
  }

  /** Whether outputs of this type are compared by their values, and not by equal elements. */
  public static boolean areValues(DType dtype) {
    return FloatValues.areRead(dtype);
  }

  /**
   * Adds what one run gave.
   *
   * @param x the reference's, of the type of this output
   * @param y the candidate's, of the same type, or both of a floating-point type
   * @param batch samples in the run: a first axis of that size is the batch axis
   * @param rows how many of them count, from the first
   */
  public void add(Tensor x, Tensor y, long batch, long rows) {
    if (!x.shape().equals(y.shape())) {
      otherShapes = true;
      return;
    }
    Shape shape = x.shape();
    boolean batched = shape.rank() > 0 && shape.dim(0) == batch;
    long count = batched ? shape.elements() / Math.max(1, batch) * rows : shape.elements();
    if (!FloatValues.areRead(dtype)) {
      equal.add(x, y, count);
      return;
    }
    settleAxes(shape, batched);
    int last = shape.rank() == 0 ? 1 : Math.toIntExact(Math.max(1, shape.dim(shape.rank() - 1)));
    addRows(x, y, count, last, shape);
  }

  /** The candidate has no such output. */
  public void addMissing() {
    missing = true;
  }

  /** Axes that have one size in all runs: the first one after the batch, and the last. */
  private void settleAxes(Shape shape, boolean batched) {
    if (!begun) {
      begun = true;
      axes = new ArrayList<>();
      int first = batched ? 1 : 0;
      addAxis(shape, first);
      if (shape.rank() - 1 > first) {
        addAxis(shape, shape.rank() - 1);
      }
      return;
    }
    axes =
        axes.stream()
            .filter(axis -> axis.axis() < shape.rank() && shape.dim(axis.axis()) == axis.size())
            .toList();
  }

  private void addAxis(Shape shape, int axis) {
    if (axis < shape.rank() && shape.dim(axis) >= 2 && shape.dim(axis) <= AxisSums.LONGEST) {
      axes.add(new AxisSums(axis, Math.toIntExact(shape.dim(axis))));
    }
  }

  private void addRows(Tensor x, Tensor y, long count, int last, Shape shape) {
    double[] xs = new double[(int) Math.min(count, Math.max(last, CHUNK / last * last))];
    double[] ys = new double[xs.length];
    AxisSums columns = axis(shape.rank() - 1);
    AxisSums outer = axes.isEmpty() || axes.getFirst() == columns ? null : axes.getFirst();
    long stride = outer == null ? 1 : stride(shape, outer.axis()) / last;
    Sums row = new Sums();
    for (long from = 0; from < count; from += xs.length) {
      int length = (int) Math.min(xs.length, count - from);
      Values.read(x, from, length, xs);
      Values.read(y, from, length, ys);
      for (int begin = 0; begin < length; begin += last) {
        row.clear();
        addRow(xs, ys, begin, Math.min(length, begin + last), columns, row);
        all.add(row);
        if (outer != null) {
          outer.place((int) ((from + begin) / last / stride % outer.size())).add(row);
        }
      }
    }
  }

  private void addRow(
      double[] xs, double[] ys, int from, int to, @Nullable AxisSums columns, Sums row) {
    for (int i = from; i < to; i++) {
      double x = xs[i];
      double difference = x - ys[i];
      row.add(x, difference);
      if (columns != null) {
        columns.place(i - from).add(x, difference);
      }
      // NaN must win: Math.max keeps it, a comparison would drop it.
      maxAbsDiff = Math.max(maxAbsDiff, Math.abs(difference));
      largest = Math.max(largest, Math.abs(x));
      lowest = Math.min(lowest, x);
      highest = Math.max(highest, x);
    }
  }

  private @Nullable AxisSums axis(int index) {
    return axes.stream().filter(axis -> axis.axis() == index).findFirst().orElse(null);
  }

  private static long stride(Shape shape, int axis) {
    long stride = 1;
    for (int i = axis + 1; i < shape.rank(); i++) {
      stride *= shape.dim(i);
    }
    return stride;
  }

  /** What was found. */
  public OutputError error() {
    Optional<Unmeasured> unmeasured = unmeasured();
    if (!FloatValues.areRead(dtype)) {
      return new OutputError(
          name,
          dtype,
          OptionalDouble.empty(),
          0,
          unmeasured.isPresent() ? OptionalDouble.empty() : OptionalDouble.of(equal.share()),
          List.of(),
          Optional.empty(),
          unmeasured);
    }
    return new OutputError(
        name,
        dtype,
        unmeasured.isPresent()
            ? OptionalDouble.empty()
            : OptionalDouble.of(Sums.decibels(all.signal(), all.noise())),
        maxAbsDiff,
        OptionalDouble.empty(),
        unmeasured.isPresent() ? List.of() : quantities(),
        unmeasured.isPresent() ? Optional.empty() : variation(),
        unmeasured);
  }

  private List<Part> quantities() {
    return axes.stream().flatMap(axis -> axis.quantities(largest).stream()).toList();
  }

  private Optional<Part> variation() {
    List<Part> parts = new ArrayList<>();
    axes.forEach(axis -> parts.addAll(axis.variations(largest)));
    if (all.varies()) {
      parts.add(Part.whole(Sums.decibels(all.variation(), all.variationNoise())));
    }
    return parts.stream().reduce((a, b) -> OutputError.isLower(b.sqnrDb(), a.sqnrDb()) ? b : a);
  }

  private Optional<Unmeasured> unmeasured() {
    boolean floats = areValues(dtype);
    double count = floats ? all.count() : equal.count();
    if (missing) {
      return Optional.of(Unmeasured.MISSING);
    }
    if (otherShapes) {
      return Optional.of(Unmeasured.OTHER_SHAPES);
    }
    if (!floats && dtype.isFloat()) {
      return Optional.of(Unmeasured.UNREAD_TYPE);
    }
    if (count == 0) {
      return Optional.of(Unmeasured.EMPTY);
    }
    boolean one = floats ? lowest == highest && (count > 1 || lowest == 0) : equal.isOneValue();
    return one ? Optional.of(Unmeasured.CONSTANT) : Optional.empty();
  }
}
