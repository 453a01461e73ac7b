package dev.swage.compress.calibrate;

/**
 * How activations are observed. None of these but the batch size and the number of bins changes the
 * result.
 *
 * @param bins of each tensor's histogram, a power of two from 2 to 2^20
 * @param batchSize samples run at once where model and data allow it; the moving average is over
 *     runs
 * @param threads that run samples at the same time, each on one core
 * @param memoryBudget bytes that the observed activations of all threads may take together; where
 *     they do not fit, the data is run several times, each time for some of the tensors. A single
 *     tensor that does not fit is observed all the same
 */
public record CalibrationOptions(int bins, int batchSize, int threads, long memoryBudget) {
  /** Enough for 2,048 bins on one side of 0 whatever the largest magnitude. */
  public static final int DEFAULT_BINS = 8192;

  /** 256 MiB. */
  public static final long DEFAULT_MEMORY_BUDGET = 1L << 28;

  public CalibrationOptions {
    if (bins < 2 || bins > 1 << 20 || Integer.bitCount(bins) != 1) {
      throw new IllegalArgumentException("bins must be a power of two, 2…2^20, got " + bins);
    }
    if (batchSize < 1 || threads < 1 || memoryBudget < 1) {
      throw new IllegalArgumentException(
          "batch size, threads and memory budget must be at least 1, got %s, %s and %s"
              .formatted(batchSize, threads, memoryBudget));
    }
  }

  /** Batches of one, a thread for each core, {@value #DEFAULT_BINS} bins, 256 MiB. */
  public static CalibrationOptions defaults() {
    return new CalibrationOptions(
        DEFAULT_BINS, 1, Runtime.getRuntime().availableProcessors(), DEFAULT_MEMORY_BUDGET);
  }

  public CalibrationOptions withBins(int count) {
    return new CalibrationOptions(count, batchSize, threads, memoryBudget);
  }

  public CalibrationOptions withBatchSize(int size) {
    return new CalibrationOptions(bins, size, threads, memoryBudget);
  }

  public CalibrationOptions withThreads(int count) {
    return new CalibrationOptions(bins, batchSize, count, memoryBudget);
  }

  public CalibrationOptions withMemoryBudget(long bytes) {
    return new CalibrationOptions(bins, batchSize, threads, bytes);
  }
}
