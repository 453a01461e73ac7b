package dev.swage.compress.probe;

import dev.swage.onnx.Graph;
import dev.swage.onnx.ValueInfo;
import dev.swage.run.ModelSession;
import dev.swage.run.RunException;
import dev.swage.run.limit.RunLimits;
import dev.swage.tensor.DType;
import dev.swage.tensor.Tensor;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Looks for random inputs on which a model runs and all its outputs vary.
 *
 * <p>Sizes of open dimensions ({@link ProbeSizes}), integers ({@link ProbeIntegers}) and floats
 * ({@link ProbeFloats}) are tried in their order, the most usual first. The first on which all
 * outputs vary are taken; after some time, or when all kinds of values were tried at a few sizes,
 * those on which most do. Each input is tried by itself: those that run are used.
 */
final class ProbeSearch {
  private static final int COUNT = 3;

  /** Sizes at which the model runs, that are looked at. */
  private static final int MOST_SIZES = 3;

  /** What the model may run while better inputs are looked for, once there are any. */
  private static final Duration BETTER = Duration.ofMillis(500);

  /** What that may take with everything round it. */
  private static final Duration LONGEST = Duration.ofSeconds(5);

  /** A size at which one run takes longer is too large, where a smaller one does. */
  private static final Duration SLOW = Duration.ofSeconds(1);

  /** Of the elements of a size that is too large: still smaller ones show too little. */
  private static final double LEAST_SHARE = 0.125;

  /** Runs that are stopped since they take too much, before the search gives up. */
  private static final int MOST_STOPPED = 2;

  /** Looking for any inputs ends after this. */
  private static final Duration ANY = Duration.ofSeconds(30);

  private final ModelSession session;
  private final List<ValueInfo> feeds;
  private final ValueRanges known;
  private final Map<String, IndexBounds.Bound> bounds;
  private final long weights;
  private final ProbePictures pictures = new ProbePictures();
  private final boolean whole;
  private final long begin = System.nanoTime();
  private @Nullable Trial best;
  private @Nullable String failure;
  private boolean limited;
  private double elements;
  private long running;
  private int ran;
  private int stopped;

  /** Inputs of one kind on which the model ran. */
  private record Trial(
      List<List<Tensor>> inputs, OutputVariation variation, String described, long nanos) {
    boolean isSlow() {
      return nanos > SLOW.toNanos();
    }
  }

  ProbeSearch(ModelSession session, Graph graph, ValueRanges known) {
    this.session = session;
    this.feeds = graph.feeds();
    this.known = known;
    this.bounds = IndexBounds.of(graph);
    this.weights = graph.weightBytes() / Float.BYTES;
    this.whole = feeds.stream().anyMatch(feed -> feed.dtype().filter(DType::isFloat).isEmpty());
  }

  ProbeInputs run() {
    for (ProbeSizes sizes : ProbeSizes.candidates(feeds, weights)) {
      if (isWorthTrying(sizes)) {
        ran += tryAt(sizes) ? 1 : 0;
      }
    }
    if (best == null) {
      return new ProbeInputs(
          List.of(),
          Optional.empty(),
          Optional.of("the source does not run on random inputs: " + failure),
          limited);
    }
    return new ProbeInputs(best.inputs(), Optional.of(about(best)), Optional.empty(), false);
  }

  private boolean isWorthTrying(ProbeSizes sizes) {
    if (isTooLarge(sizes)) {
      return false;
    }
    if (best == null) {
      return System.nanoTime() - begin < ANY.toNanos() && stopped < MOST_STOPPED;
    }
    double smaller = sizes.elements(feeds);
    return best.isSlow()
        ? smaller < elements && smaller >= elements * LEAST_SHARE
        : ran < MOST_SIZES && !isDone(best);
  }

  private boolean isTooLarge(ProbeSizes sizes) {
    double bytes = sizes.elements(feeds) * Float.BYTES;
    if (bytes <= RunLimits.current().inputBytes()) {
      return false;
    }
    failed(
        String.format(
            Locale.ROOT,
            "the input takes %,.0f bytes, more than the %,d that random ones may",
            bytes,
            RunLimits.current().inputBytes()),
        true);
    return true;
  }

  /** The first failure is the one of the most usual inputs. */
  private void failed(String reason, boolean byLimits) {
    if (failure == null) {
      failure = reason;
      limited = byLimits;
    }
  }

  private boolean isDone(Trial trial) {
    return trial.variation().isFull()
        || trial.isSlow()
        || running > BETTER.toNanos()
        || System.nanoTime() - begin > LONGEST.toNanos();
  }

  private Probes about(Trial trial) {
    List<String> unvaried = new ArrayList<>();
    for (int i = 0; i < session.outputs().size(); i++) {
      if (!trial.variation().varies(i)) {
        unvaried.add(session.outputs().get(i).name());
      }
    }
    return new Probes(trial.described(), unvaried);
  }

  /** Whether the model runs at these sizes. */
  private boolean tryAt(ProbeSizes sizes) {
    List<ProbeFloats> floats = ProbeFloats.candidates(ProbeDraw.hasPictures(feeds, sizes));
    boolean runs = false;
    for (ProbeIntegers integers : ProbeIntegers.candidates(feeds, bounds, sizes)) {
      for (ProbeFloats values : isFloating() ? floats : floats.subList(0, 1)) {
        Optional<Trial> trial =
            trial(new ProbeDraw(feeds, sizes, values, integers, known, pictures));
        if (trial.isEmpty()) {
          break;
        }
        runs = true;
        take(trial.get(), sizes);
        if (isDone(trial.get())) {
          return true;
        }
      }
    }
    return runs;
  }

  private boolean isFloating() {
    return feeds.stream().anyMatch(feed -> feed.dtype().filter(DType::isFloat).isPresent());
  }

  private void take(Trial trial, ProbeSizes sizes) {
    long atLeast = best == null ? 0 : best.variation().score() + (best.isSlow() ? 0 : 1);
    if (trial.variation().score() >= atLeast) {
      best = trial;
      elements = sizes.elements(feeds);
    }
  }

  /** Empty where none of the inputs runs. */
  private Optional<Trial> trial(ProbeDraw draw) {
    List<List<Tensor>> inputs = new ArrayList<>();
    List<List<Tensor>> outputs = new ArrayList<>();
    long first = 0;
    for (int i = 0; i < COUNT && (inputs.size() < 2 || first < SLOW.toNanos()); i++) {
      try {
        List<Tensor> input = draw.next();
        long from = System.nanoTime();
        outputs.add(session.run(input));
        inputs.add(input);
        long taken = System.nanoTime() - from;
        running += taken;
        first = inputs.size() == 1 ? taken : first;
      } catch (RunException e) {
        failed(String.valueOf(e.getMessage()), e.isLimited());
        stopped += e.isLimited() ? 1 : 0;
        if (!whole || e.isLimited()) {
          break;
        }
      }
    }
    return inputs.isEmpty()
        ? Optional.empty()
        : Optional.of(new Trial(inputs, OutputVariation.of(outputs), draw.describe(), first));
  }
}
