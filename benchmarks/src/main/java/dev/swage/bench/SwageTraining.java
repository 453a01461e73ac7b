package dev.swage.bench;

import dev.swage.data.DataSource;
import dev.swage.train.StepRecord;
import dev.swage.train.Trainer;
import dev.swage.train.TrainingListener;
import dev.swage.train.TrainingPlan;
import dev.swage.train.TrainingRun;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * A run of our {@link Trainer} that moves on only when it is told to: it trains on a thread of its
 * own, whose listener holds it between rounds. What is timed is the trainer's whole step: reading
 * the batch, forward, backward, clipping, update, records.
 */
public final class SwageTraining {
  private final BlockingQueue<Integer> orders = new ArrayBlockingQueue<>(1);
  private final BlockingQueue<Long> answers = new ArrayBlockingQueue<>(1);
  private final CompletableFuture<TrainingRun> result = new CompletableFuture<>();

  /** Starts the run; it waits before its first step. */
  public SwageTraining(Trainer trainer, DataSource data) {
    trainer.listener(new Gate());
    Thread.ofPlatform()
        .daemon()
        .name("training")
        .start(() -> {
          try {
            result.complete(trainer.fit(data));
          } catch (RuntimeException | Error e) {
            result.completeExceptionally(e);
          }
        });
  }

  /** Lets the run take this many steps; nanoseconds. */
  public long train(int steps) {
    try {
      orders.put(steps);
      @Nullable Long nanos = null;
      while (nanos == null) {
        if (result.isCompletedExceptionally()) {
          result.join();
        }
        nanos = answers.poll(1, TimeUnit.SECONDS);
      }
      return nanos;
    } catch (InterruptedException e) {
      throw interrupted(e);
    }
  }

  /** The finished run; to be called when it was let to take all its steps. */
  public TrainingRun finish() {
    return result.join();
  }

  private static IllegalStateException interrupted(InterruptedException cause) {
    Thread.currentThread().interrupt();
    return new IllegalStateException("interrupted while training", cause);
  }

  /** Holds the training thread between rounds. */
  private final class Gate implements TrainingListener {
    private long untaken;
    private int left;
    private long start;

    @Override
    public void started(TrainingPlan plan) {
      untaken = plan.totalSteps();
      awaitOrder();
    }

    @Override
    public void step(StepRecord step) {
      untaken--;
      left--;
      if (left == 0) {
        answers.add(System.nanoTime() - start);
        if (untaken > 0) {
          awaitOrder();
        }
      }
    }

    private void awaitOrder() {
      try {
        left = orders.take();
        start = System.nanoTime();
      } catch (InterruptedException e) {
        throw interrupted(e);
      }
    }
  }
}
