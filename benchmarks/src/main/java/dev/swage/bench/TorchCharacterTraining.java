package dev.swage.bench;

/**
 * A run of {@link TorchCharacterNet} over samples, batch after batch, as long as it is asked to.
 */
final class TorchCharacterTraining {
  private final TorchCharacterNet net =
      new TorchCharacterNet(
          TrainLstmBenchmark.RATE, TrainLstmBenchmark.WEIGHT_DECAY, TrainLstmBenchmark.MAX_NORM);
  private final CharacterSamples samples;
  private final int batch;
  private int next;
  private float loss;

  TorchCharacterTraining(CharacterSamples samples, int batch) {
    this.samples = samples;
    this.batch = batch;
  }

  /** Takes this many steps; nanoseconds. */
  long train(int steps) {
    long start = System.nanoTime();
    for (int i = 0; i < steps; i++) {
      loss = net.step(samples, next, batch);
      next = (next + batch) % samples.count();
    }
    return System.nanoTime() - start;
  }

  /** The loss of the last step's batch, before it was learnt. */
  float loss() {
    return loss;
  }

  long parameters() {
    return net.parameters();
  }
}
