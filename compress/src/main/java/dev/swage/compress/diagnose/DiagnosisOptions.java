package dev.swage.compress.diagnose;

/**
 * How much is run to see where errors arise.
 *
 * @param samples how many of the data, from the first
 * @param batchSize run at once, where model and data allow it
 * @param memoryBudget bytes that values under comparison may take together; where they do not fit,
 *     the samples are run several times, each time for some of them
 */
public record DiagnosisOptions(int samples, int batchSize, long memoryBudget) {
  public DiagnosisOptions {
    if (samples < 1 || batchSize < 1 || memoryBudget < 1) {
      throw new IllegalArgumentException(
          "samples, batch size and memory budget must be at least 1, got %s, %s and %s"
              .formatted(samples, batchSize, memoryBudget));
    }
  }

  /** 8 samples, one at a time, 128 MiB. */
  public static DiagnosisOptions defaults() {
    return new DiagnosisOptions(8, 1, 1L << 27);
  }

  public DiagnosisOptions withSamples(int count) {
    return new DiagnosisOptions(count, batchSize, memoryBudget);
  }

  public DiagnosisOptions withBatchSize(int size) {
    return new DiagnosisOptions(samples, size, memoryBudget);
  }

  public DiagnosisOptions withMemoryBudget(long bytes) {
    return new DiagnosisOptions(samples, batchSize, bytes);
  }
}
