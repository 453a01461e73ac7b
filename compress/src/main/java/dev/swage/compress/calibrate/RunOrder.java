package dev.swage.compress.calibrate;

import dev.swage.quant.range.MovingAverage;
import dev.swage.quant.range.Range;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Brings the extremes of runs that end in any order into the order of the samples, in which moving
 * averages are formed. Nobody may run ahead of the slowest by more than {@code lead} runs, so
 * little has to wait here.
 */
final class RunOrder {
  private final List<MovingAverage> averages = new ArrayList<>();
  private final Map<Integer, float[]> waiting = new HashMap<>();
  private final int lead;
  private int next;
  private boolean stopped;

  RunOrder(int tensors, int lead) {
    for (int i = 0; i < tensors; i++) {
      averages.add(new MovingAverage());
    }
    this.lead = lead;
  }

  /** Waits until a run may begin; false when the work has been stopped. */
  synchronized boolean mayBegin(int run) throws InterruptedException {
    while (!stopped && run - next >= lead) {
      wait();
    }
    return !stopped;
  }

  /**
   * Takes a run's extremes.
   *
   * @param extremes min and max of each tensor in turn; min above max for one without elements
   */
  synchronized void ended(int run, float[] extremes) {
    waiting.put(run, extremes);
    for (float[] turn = waiting.remove(next); turn != null; turn = waiting.remove(next)) {
      for (int i = 0; i < averages.size(); i++) {
        if (turn[2 * i] <= turn[2 * i + 1]) {
          averages.get(i).add(new Range(turn[2 * i], turn[2 * i + 1]));
        }
      }
      next++;
    }
    notifyAll();
  }

  /** Lets nobody begin or wait any more. */
  synchronized void stop() {
    stopped = true;
    notifyAll();
  }

  synchronized Range average(int tensor) {
    return averages.get(tensor).range();
  }
}
