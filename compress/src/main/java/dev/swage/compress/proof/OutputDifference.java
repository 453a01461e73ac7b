package dev.swage.compress.proof;

import dev.swage.compress.probe.Elements;
import dev.swage.tensor.MappedMemory;
import dev.swage.tensor.Tensor;
import java.util.Optional;

/**
 * How far two models' values of one output lie apart: of numbers with a fraction the largest
 * difference over the largest element, of others the share of the elements that differ.
 */
final class OutputDifference {
  private double difference;
  private double magnitude;
  private double differing;
  private double elements;

  /** Adds values of one type and shape. */
  void add(Tensor expected, Tensor found) {
    if (expected.dtype().isFloat()) {
      Optional<double[]> x = Elements.of(expected);
      Optional<double[]> y = Elements.of(found);
      if (x.isPresent() && y.isPresent()) {
        addFloats(x.get(), y.get());
        return;
      }
    }
    addOthers(expected, found);
  }

  private void addFloats(double[] expected, double[] found) {
    for (int i = 0; i < expected.length; i++) {
      double x = expected[i];
      double y = found[i];
      if (Double.isFinite(x)) {
        magnitude = Math.max(magnitude, Math.abs(x));
      }
      if (Double.compare(x, y) != 0 && x != y) {
        double apart = Math.abs(x - y);
        difference = Math.max(difference, Double.isNaN(apart) ? Double.MAX_VALUE : apart);
      }
    }
  }

  private void addOthers(Tensor expected, Tensor found) {
    long count = expected.shape().elements();
    elements += count;
    if (MappedMemory.mismatch(expected.data(), found.data()) < 0) {
      return;
    }
    Optional<double[]> x = Elements.of(expected);
    Optional<double[]> y = Elements.of(found);
    long apart = x.isEmpty() || y.isEmpty() ? count : differing(x.get(), y.get());
    differing += Math.max(1, apart);
  }

  private static long differing(double[] expected, double[] found) {
    long differing = 0;
    for (int i = 0; i < expected.length; i++) {
      differing += expected[i] == found[i] ? 0 : 1;
    }
    return differing;
  }

  /** 0 where nothing differs. */
  double relative() {
    double floats = difference == 0 ? 0 : difference / Math.max(magnitude, Float.MIN_NORMAL);
    double others = differing == 0 ? 0 : differing / elements;
    return Math.max(floats, others);
  }
}
