package dev.swage.train;

import dev.swage.data.Batch;
import dev.swage.data.DataSource;
import java.util.Arrays;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/**
 * The shuffled batches of one epoch after another; the next one is read on a virtual thread while
 * the current one is computed. Streams are not shuffled. Samples that do not fill a step are left
 * out of that epoch; the next shuffle brings others.
 */
final class BatchFeed implements AutoCloseable {
  private final DataSource source;
  private final int batchSize;
  private final long seed;
  private final int[] order;
  private final ExecutorService reader;

  /** A batch and where its samples come from. */
  static final class Fed {
    private final Batch batch;
    private final int[] indices;

    private Fed(Batch batch, int[] indices) {
      this.batch = batch;
      this.indices = indices;
    }

    Batch batch() {
      return batch;
    }

    int[] indices() {
      return indices;
    }
  }

  BatchFeed(DataSource source, int batchSize, long seed) {
    this.source = source;
    this.batchSize = batchSize;
    this.seed = seed;
    this.order = new int[source.size()];
    this.reader = Executors.newVirtualThreadPerTaskExecutor(); // last: it is to be closed
  }

  /**
   * The epoch's batches in order, from batch {@code from} on: the order depends on seed and epoch
   * only, so that a resumed run reads what the interrupted one would have.
   */
  Epoch epoch(int number, int from, int batches) {
    DataSource varied = source.inEpoch(number);
    Arrays.setAll(order, i -> i);
    if (source.streams().isPresent()) {
      return new Epoch(
          varied, from, batches); // in order, so that each batch continues the one before
    }
    SplittableRandom random = new SplittableRandom(seed * 0x9e3779b97f4a7c15L + number);
    for (int i = order.length - 1; i > 0; i--) {
      int other = random.nextInt(i + 1);
      int swapped = order[i];
      order[i] = order[other];
      order[other] = swapped;
    }
    return new Epoch(varied, from, batches);
  }

  /** Hands out one epoch's batches. */
  final class Epoch {
    private final DataSource samples;
    private final int batches;
    private int next;
    private Optional<Future<Fed>> coming;

    private Epoch(DataSource samples, int from, int batches) {
      this.samples = samples;
      this.next = from;
      this.batches = batches;
      this.coming = read();
    }

    private Optional<Future<Fed>> read() {
      if (next >= batches) {
        return Optional.empty();
      }
      int[] indices = Arrays.copyOfRange(order, next * batchSize, (next + 1) * batchSize);
      return Optional.of(reader.submit(() -> new Fed(samples.batch(indices), indices)));
    }

    Fed next() {
      Fed fed = await(coming.orElseThrow());
      next++;
      coming = read();
      return fed;
    }
  }

  private static Fed await(Future<Fed> coming) {
    try {
      return coming.get();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new TrainingException("training was interrupted", e);
    } catch (ExecutionException e) {
      if (e.getCause() instanceof RuntimeException cause) {
        throw cause;
      }
      throw new CompletionException(e.getCause());
    }
  }

  @Override
  public void close() {
    reader.shutdownNow();
    reader.close();
  }
}
