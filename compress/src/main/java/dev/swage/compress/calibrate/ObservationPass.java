package dev.swage.compress.calibrate;

import dev.swage.data.DataSource;
import dev.swage.kernel.FloatSummary;
import dev.swage.run.ActivationRunner;
import dev.swage.run.ActivationSession;
import dev.swage.run.RunException;
import dev.swage.run.SampleFeed;
import dev.swage.tensor.Tensor;
import java.lang.foreign.Arena;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;

/** Runs all samples once and observes the tensors that a session exposes. */
final class ObservationPass {
  private static final int LEAD_PER_THREAD = 8;

  private final ActivationSession session;
  private final SampleFeed feed;
  private final DataSource data;
  private final int samples;
  private final int threads;
  private final Progress progress;
  private final InputVariation variation;
  private final List<TensorObserver> observers = new ArrayList<>();
  private final Map<String, Integer> indices = new HashMap<>();
  private final RunOrder order;
  private final AtomicInteger next = new AtomicInteger();

  ObservationPass(
      ActivationSession session,
      SampleFeed feed,
      DataSource data,
      CalibrationOptions options,
      Progress progress) {
    this.session = session;
    this.feed = feed;
    this.data = data;
    this.samples = data.size();
    this.progress = progress;
    this.variation = new InputVariation(data.name(), samples, feed.wanted());
    threads =
        data.streams().isPresent()
            ? 1
            : Math.min(options.threads(), Math.ceilDiv(samples, feed.batchSize()));
    for (String value : session.values()) {
      indices.put(value, observers.size());
      observers.add(new TensorObserver(value, options.bins()));
    }
    order = new RunOrder(observers.size(), LEAD_PER_THREAD * threads);
  }

  /** What was observed, in the order of the session's values. */
  List<TensorCalibration> run() {
    if (threads == 1) {
      work();
    } else {
      runOnThreads();
    }
    List<TensorCalibration> results = new ArrayList<>();
    for (int i = 0; i < observers.size(); i++) {
      results.add(observers.get(i).result(order.average(i)));
    }
    return results;
  }

  /** What is to be said of the inputs; they are the same in all passes. */
  Optional<String> finding() {
    return variation.finding();
  }

  private void runOnThreads() {
    try (ExecutorService pool = Executors.newFixedThreadPool(threads)) {
      List<Future<?>> workers = new ArrayList<>();
      for (int i = 0; i < threads; i++) {
        workers.add(pool.submit(this::work));
      }
      for (Future<?> worker : workers) {
        await(worker);
      }
    }
  }

  private void await(Future<?> worker) {
    try {
      worker.get();
    } catch (ExecutionException e) {
      switch (e.getCause()) {
        case RuntimeException failure -> throw failure;
        case Error failure -> throw failure;
        case null, default -> throw new IllegalStateException(e);
      }
    } catch (InterruptedException e) {
      order.stop();
      Thread.currentThread().interrupt();
      throw new CalibrationException("the observation was interrupted", e);
    }
  }

  /** Takes runs until none is left; a failure stops the other threads as well. */
  private void work() {
    boolean done = false;
    try (ActivationRunner runner = session.runner(data)) {
      int runs = Math.ceilDiv(samples, feed.batchSize());
      for (int run = next.getAndIncrement();
          run < runs && order.mayBegin(run);
          run = next.getAndIncrement()) {
        observe(run, runner);
      }
      done = true;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new CalibrationException("the observation was interrupted", e);
    } finally {
      if (!done) {
        order.stop();
      }
    }
  }

  private void observe(int run, ActivationRunner runner) {
    int first = run * feed.batchSize();
    TensorObserver.Run batch = new TensorObserver.Run(first, feed.rows(first), feed.batchSize());
    float[] extremes = new float[2 * observers.size()];
    Arrays.fill(extremes, Float.NaN);
    // Shared, for large values are counted on several threads.
    try (Arena arena = Arena.ofShared()) {
      List<Tensor> inputs = feed.inputs(feed.batch(first, arena));
      variation.add(inputs, feed.rows(first));
      runner.run(
          inputs,
          (name, value) -> {
            Integer index = indices.get(name);
            if (index != null) {
              FloatSummary summary = observers.get(index).add(value, batch);
              extremes[2 * index] = summary.min();
              extremes[2 * index + 1] = summary.max();
            }
          });
    } catch (RunException e) {
      throw first == 0
          ? e
          : new CalibrationException(
              "%s, from sample %s on: %s".formatted(data.name(), first, e.getMessage()), e);
    }
    order.ended(run, extremes);
    progress.add(batch.samples());
  }

  /** Adds up the samples of all passes for the listener. */
  static final class Progress {
    private final CalibrationListener listener;
    private final long total;
    private long done;

    Progress(CalibrationListener listener, long total) {
      this.listener = listener;
      this.total = total;
    }

    synchronized void add(long samples) {
      done += samples;
      listener.progressed(done, total);
    }
  }
}
