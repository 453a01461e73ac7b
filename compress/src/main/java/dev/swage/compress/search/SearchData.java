package dev.swage.compress.search;

import dev.swage.data.DataSource;
import java.util.Optional;

/**
 * What models are measured on.
 *
 * @param data samples on which outputs are compared with the float model's
 * @param labelled samples with classes on which accuracy is measured; empty where it is not bounded
 * @param sensitivitySamples how many of the data, from the first, each node is measured on for
 *     itself
 * @param batchSize samples run at once, where model and data allow it
 */
public record SearchData(
    DataSource data, Optional<DataSource> labelled, int sensitivitySamples, int batchSize) {
  /** Enough to tell nodes apart. */
  public static final int DEFAULT_SENSITIVITY_SAMPLES = 8;

  public SearchData {
    if (sensitivitySamples < 1 || batchSize < 1) {
      throw new IllegalArgumentException(
          "samples and batch size must be at least 1, got %s and %s"
              .formatted(sensitivitySamples, batchSize));
    }
  }

  /** Outputs alone, in batches of 16, nodes on {@value #DEFAULT_SENSITIVITY_SAMPLES} samples. */
  public static SearchData of(DataSource data) {
    return new SearchData(data, Optional.empty(), DEFAULT_SENSITIVITY_SAMPLES, 16);
  }

  /** Accuracy too. */
  public SearchData withLabelled(DataSource source) {
    return new SearchData(data, Optional.of(source), sensitivitySamples, batchSize);
  }

  public SearchData withSensitivitySamples(int count) {
    return new SearchData(data, labelled, count, batchSize);
  }

  public SearchData withBatchSize(int size) {
    return new SearchData(data, labelled, sensitivitySamples, size);
  }

  String hash() {
    return labelled.map(source -> data.hash() + "+" + source.hash()).orElseGet(data::hash);
  }
}
