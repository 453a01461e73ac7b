package dev.swage.train.torch.program;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.Collection;
import java.util.List;
import java.util.stream.IntStream;

/**
 * The steps that give some values, in order, and after each the slots that nothing reads any more.
 */
public final class Schedule {
  private final List<Step> steps;
  private final int[][] releases;

  private Schedule(List<Step> steps, int[][] releases) {
    this.steps = steps;
    this.releases = releases;
  }

  /**
   * What is needed for these slots.
   *
   * @param kept slots that are read after the run
   */
  public static Schedule of(List<Step> all, Collection<Integer> kept) {
    BitSet wanted = new BitSet();
    kept.forEach(wanted::set);
    List<Step> needed = needed(all, (BitSet) wanted.clone());
    return new Schedule(needed, releases(needed, wanted));
  }

  private static List<Step> needed(List<Step> all, BitSet wanted) {
    List<Step> needed = new ArrayList<>();
    for (Step step : all.reversed()) {
      if (step.writtenSlots().anyMatch(wanted::get)) {
        needed.add(step);
        step.readSlots().forEach(wanted::set);
      }
    }
    return needed.reversed();
  }

  private static int[][] releases(List<Step> steps, BitSet kept) {
    int[][] releases = new int[steps.size()][];
    BitSet seen = (BitSet) kept.clone();
    for (int i = steps.size() - 1; i >= 0; i--) {
      Step step = steps.get(i);
      releases[i] =
          IntStream.concat(step.readSlots(), step.writtenSlots())
              .filter(slot -> !seen.get(slot))
              .distinct()
              .toArray();
      Arrays.stream(releases[i]).forEach(seen::set);
    }
    return releases;
  }

  public List<Step> steps() {
    return steps;
  }

  /** Whether a step reads this slot. */
  public boolean reads(int slot) {
    return steps.stream().anyMatch(step -> step.reads(slot));
  }

  public void run(Frame frame) {
    for (int i = 0; i < releases.length; i++) {
      steps.get(i).run(frame);
      for (int slot : releases[i]) {
        frame.release(slot);
      }
    }
  }
}
