package dev.swage.compress.calibrate;

import dev.swage.kernel.FloatSummary;
import dev.swage.quant.Histogram;
import dev.swage.quant.range.ActivationStatistics;
import dev.swage.quant.range.Range;
import dev.swage.tensor.Shape;
import dev.swage.tensor.Tensor;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeMap;

/**
 * Collects one tensor's statistics from many threads. Counts and exact sums do not depend on the
 * order in which runs arrive.
 */
final class TensorObserver {
  private final String name;
  private final Histogram histogram;
  private final TreeMap<Long, Long> nonFinite = new TreeMap<>();

  TensorObserver(String name, int bins) {
    this.name = name;
    histogram = new Histogram(bins);
  }

  String name() {
    return name;
  }

  /**
   * Takes what one run gave.
   *
   * @param run which samples these are
   * @return extremes and counts of this run
   */
  FloatSummary add(Tensor value, Run run) {
    MemorySegment data = withoutRepetitions(value, run);
    FloatSummary summary;
    synchronized (this) {
      summary = histogram.add(data);
    }
    if (summary.nonFinite() > 0) {
      locate(value.shape(), data, run);
    }
    return summary;
  }

  /** The samples of one run: {@code samples} from {@code first}, in a batch of {@code batch}. */
  record Run(int first, int samples, int batch) {}

  /** Where a batch was filled up with repetitions and the tensor has a batch axis, they go. */
  private static MemorySegment withoutRepetitions(Tensor value, Run run) {
    return run.samples() < run.batch() && hasRows(value.shape(), run)
        ? value.data().asSlice(0, value.byteSize() / run.batch() * run.samples())
        : value.data();
  }

  private static boolean hasRows(Shape shape, Run run) {
    return shape.rank() > 0 && shape.dim(0) == run.batch();
  }

  /** Rare, so without haste: which samples the elements that are not finite belong to. */
  private synchronized void locate(Shape shape, MemorySegment data, Run run) {
    long elements = data.byteSize() / Float.BYTES;
    long row = hasRows(shape, run) ? shape.elements() / run.batch() : elements;
    for (long i = 0; i < elements; i++) {
      if (!Float.isFinite(data.get(Tensor.LE_FLOAT, i * Float.BYTES))) {
        nonFinite.merge(run.first() + i / row, 1L, Long::sum);
      }
    }
    while (nonFinite.size() > TensorCalibration.MOST_SAMPLES) {
      nonFinite.pollLastEntry();
    }
  }

  synchronized TensorCalibration result(Range movingAverage) {
    List<NonFiniteSample> samples = new ArrayList<>();
    nonFinite.forEach((sample, count) -> samples.add(new NonFiniteSample(sample, count)));
    return new TensorCalibration(name, new ActivationStatistics(histogram, movingAverage), samples);
  }
}
