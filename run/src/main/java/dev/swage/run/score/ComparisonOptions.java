package dev.swage.run.score;

import dev.swage.run.SessionOptions;

/**
 * How two models are compared.
 *
 * @param batchSize samples run at once for accuracy; a model that fixes its own size is run at that
 * @param layerSamples how many samples the layers are compared on; 0 leaves the layers out
 * @param warmup unmeasured runs before the timed ones
 * @param latencyRuns timed runs of each model, on one sample
 * @param session how ONNX Runtime runs both
 */
public record ComparisonOptions(
    int batchSize, int layerSamples, int warmup, int latencyRuns, SessionOptions session) {
  public ComparisonOptions {
    if (batchSize < 1 || layerSamples < 0 || warmup < 0 || latencyRuns < 1) {
      throw new IllegalArgumentException(
          "batch size and runs must be at least 1, layer samples and warm-up at least 0, got %d, %d, %d, %d"
              .formatted(batchSize, latencyRuns, layerSamples, warmup));
    }
  }

  /** Batches of 64, layers on 64 samples, 50 timed runs after 10. */
  public static ComparisonOptions defaults() {
    return new ComparisonOptions(64, 64, 10, 50, SessionOptions.defaults());
  }

  public ComparisonOptions withBatchSize(int size) {
    return new ComparisonOptions(size, layerSamples, warmup, latencyRuns, session);
  }

  public ComparisonOptions withLayerSamples(int samples) {
    return new ComparisonOptions(batchSize, samples, warmup, latencyRuns, session);
  }

  public ComparisonOptions withLatencyRuns(int unmeasured, int timed) {
    return new ComparisonOptions(batchSize, layerSamples, unmeasured, timed, session);
  }

  public ComparisonOptions withSession(SessionOptions options) {
    return new ComparisonOptions(batchSize, layerSamples, warmup, latencyRuns, options);
  }
}
