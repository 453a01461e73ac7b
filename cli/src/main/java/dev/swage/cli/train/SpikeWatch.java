package dev.swage.cli.train;

import dev.swage.clip.ClipRecord;
import dev.swage.report.ClipTelemetry.Spike;
import dev.swage.train.StepRecord;
import dev.swage.train.TrainingListener;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.stream.IntStream;

/** Remembers the steps whose norm stood out from those before, with their samples. */
final class SpikeWatch implements TrainingListener {
  /** Steps a norm is held against. */
  private static final int WINDOW = 100;

  /** Before so many steps nothing stands out. */
  private static final int FEWEST = 20;

  /** So many times the median before is a spike. */
  private static final double STANDS_OUT = 5;

  private static final int MOST = 10;

  private static final Comparator<Spike> GRAVEST =
      Comparator.comparingDouble((Spike s) -> gravity(s)).reversed();

  private final double[] recent = new double[WINDOW];
  private int seen;
  private final List<Spike> spikes = new ArrayList<>();

  @Override
  public void step(StepRecord step) {
    double norm = step.clip().normBefore();
    boolean finite = Double.isFinite(norm);
    double times = seen >= FEWEST ? norm / median() : Double.NaN;
    if (!finite || times >= STANDS_OUT) {
      add(step, times);
    }
    if (finite) {
      recent[seen % WINDOW] = norm;
      seen++;
    }
  }

  private double median() {
    double[] sorted = Arrays.copyOf(recent, Math.min(seen, WINDOW));
    Arrays.sort(sorted);
    return sorted[sorted.length / 2];
  }

  private void add(StepRecord step, double times) {
    spikes.add(
        new Spike(
            step.step(),
            step.epoch(),
            step.clip().normBefore(),
            times,
            step.clip()
                .firstNonFinite()
                .orElseGet(() ->
                    step.clip().topShares().stream()
                        .findFirst()
                        .map(ClipRecord.Share::parameter)
                        .orElse("")),
            IntStream.of(step.samples()).boxed().toList()));
    spikes.sort(GRAVEST);
    if (spikes.size() > MOST) {
      spikes.removeLast();
    }
  }

  /** Norms that are not finite come before all others. */
  private static double gravity(Spike spike) {
    return Double.isFinite(spike.norm()) ? spike.timesMedian() : Double.POSITIVE_INFINITY;
  }

  /** The gravest, the worst first. */
  List<Spike> spikes() {
    return List.copyOf(spikes);
  }
}
