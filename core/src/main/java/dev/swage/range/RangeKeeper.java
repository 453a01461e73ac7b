package dev.swage.range;

import dev.swage.clip.ParameterInfo;
import dev.swage.kernel.WeightMoments;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Range control over a run: adds the gradients of penalties, says how far weights may go, and keeps
 * what it measured and learned. Lists of memory are in the order of the parameters. A step is
 * {@link #addGradients}, then, if it is taken, {@link #limits}, the update, {@link #learn}. Not
 * thread-safe.
 */
public final class RangeKeeper {
  /** A measuring reads all controlled weights: once in so many steps. */
  private static final int MEASURED_EVERY = 25;

  private final RangeControls controls;
  private final List<ParameterInfo> parameters;
  private final List<Penalty> penalties = new ArrayList<>();
  private final Map<Integer, WeightClip> clips = new LinkedHashMap<>();
  private final Map<Integer, List<RangeControl>> settings = new LinkedHashMap<>();
  private final double[] deviations;
  private final float[] limits;
  private boolean active;

  /** A term, and the parameters it is about. */
  private record Penalty(String name, double weight, PenaltyTerm term, List<Integer> members) {
    double add(List<MemorySegment> weights, List<MemorySegment> gradients, double strength) {
      return term.add(some(weights), some(gradients), weight * strength);
    }

    private List<MemorySegment> some(List<MemorySegment> all) {
      return members.stream().map(all::get).toList();
    }
  }

  /**
   * Range control of these parameters.
   *
   * @param untrained names of the model's weights that are not trained, for the error
   * @throws IllegalArgumentException if a group fits no trained parameter, or two fit one
   */
  public RangeKeeper(
      RangeControls controls, List<ParameterInfo> parameters, Set<String> untrained) {
    this.controls = controls;
    this.parameters = List.copyOf(parameters);
    this.deviations = new double[parameters.size()];
    this.limits = new float[parameters.size()];
    Arrays.fill(deviations, Double.NaN); // not yet measured
    Map<String, List<Integer>> members = RangeMembers.of(controls, parameters, untrained);
    for (RangeGroup group : controls.groups()) {
      add(group.name(), group.controls(), members.getOrDefault(group.name(), List.of()));
    }
    add(RangeControls.REST, controls.rest(), members.getOrDefault(RangeControls.REST, List.of()));
  }

  private void add(String owner, List<RangeControl> own, List<Integer> members) {
    for (int i = 0; i < own.size(); i++) {
      switch (own.get(i)) {
        case WeightClip clip -> members.forEach(member -> clips.put(member, clip));
        case RangePenalty penalty ->
            penalties.add(
                new Penalty(
                    owner + "/" + i,
                    penalty.weight(),
                    PenaltyTerm.of(penalty, members.size()),
                    members));
      }
    }
    members.forEach(member -> settings.put(member, own));
  }

  /** Whether the loss has further terms. */
  public boolean hasPenalties() {
    return !penalties.isEmpty();
  }

  /** Whether weights are limited. */
  public boolean hasLimits() {
    return !clips.isEmpty();
  }

  /**
   * Adds the penalties' gradients.
   *
   * @return the penalties' share of the loss, times their weights; 0 before the schedule begins
   */
  public double addGradients(
      List<MemorySegment> weights, List<MemorySegment> gradients, long step) {
    double strength = controls.schedule().strength(step);
    active = strength > 0;
    double loss = 0;
    if (active) {
      for (Penalty penalty : penalties) {
        loss += penalty.add(weights, gradients, strength);
      }
    }
    return loss;
  }

  /**
   * How far each parameter may lie from 0 after a step's update; +∞ for no limit. Standard
   * deviations are those of the weights before the first step taken and before steps 25, 50, …, in
   * double, in a fixed order.
   *
   * @return the same array each time
   */
  @SuppressWarnings("MixedMutabilityReturnType")
  public float[] limits(List<MemorySegment> weights, long step) {
    measure(weights, step);
    double strength = controls.schedule().strength(step);
    Arrays.fill(limits, Float.POSITIVE_INFINITY);
    clips.forEach((member, clip) -> limits[member] = limit(clip, deviations[member], strength));
    return limits;
  }

  /** Rounds down, so that no element lies beyond; the least float for what rounds to 0. */
  private static float limit(WeightClip clip, double deviation, double strength) {
    double limit = clip.limit(deviation) / strength;
    float rounded = (float) limit;
    float down = rounded > limit ? Math.nextDown(rounded) : rounded;
    return Math.max(down, Float.MIN_VALUE);
  }

  private void measure(List<MemorySegment> weights, long step) {
    List<Integer> due =
        clips.entrySet().stream()
            .filter(entry -> entry.getValue() instanceof WeightClip.Sigma)
            .map(Map.Entry::getKey)
            .filter(member -> step % MEASURED_EVERY == 0 || Double.isNaN(deviations[member]))
            .toList();
    if (due.isEmpty()) {
      return;
    }
    List<WeightMoments> moments = WeightMoments.of(due.stream().map(weights::get).toList());
    for (int i = 0; i < due.size(); i++) {
      deviations[due.get(i)] = moments.get(i).std();
    }
  }

  /** Moves what penalties learn, after a step that was taken. */
  public void learn(double learningRate) {
    if (active) {
      penalties.forEach(penalty -> penalty.term().learn(learningRate));
    }
  }

  /** The limit in force for a parameter after a step; +∞ for none. */
  public double limit(int parameter) {
    float limit = limits[parameter];
    return limit == 0 ? Double.POSITIVE_INFINITY : limit;
  }

  /** The setting of a parameter in words; {@code none} where it has none. */
  public String setting(int parameter) {
    return RangeControls.describe(settings.getOrDefault(parameter, List.of()));
  }

  /** What was measured and learned, by name, for checkpoints. */
  public Map<String, double[]> state() {
    Map<String, double[]> state = new LinkedHashMap<>();
    state.put("deviations", deviations.clone());
    state.put("limits", doubles(limits));
    for (Penalty penalty : penalties) {
      double[] learned = penalty.term().learned();
      if (learned.length > 0) {
        state.put(penalty.name(), learned.clone());
      }
    }
    return state;
  }

  private static double[] doubles(float[] values) {
    double[] doubles = new double[values.length];
    Arrays.setAll(doubles, i -> values[i]);
    return doubles;
  }

  /**
   * Goes on from a {@link #state}.
   *
   * @throws IllegalArgumentException if it is that of other controls or parameters
   */
  public void restore(Map<String, double[]> state) {
    copy(state, "deviations", deviations);
    double[] saved = new double[limits.length];
    copy(state, "limits", saved);
    for (int i = 0; i < saved.length; i++) {
      limits[i] = (float) saved[i];
    }
    for (Penalty penalty : penalties) {
      double[] learned = penalty.term().learned();
      if (learned.length > 0) {
        copy(state, penalty.name(), learned);
      }
    }
  }

  private static void copy(Map<String, double[]> state, String name, double[] target) {
    double[] saved = state.get(name);
    if (saved == null || saved.length != target.length) {
      throw new IllegalArgumentException(
          "range control state '%s' needs %d numbers, got %s"
              .formatted(name, target.length, saved == null ? "none" : saved.length));
    }
    System.arraycopy(saved, 0, target, 0, target.length);
  }

  /** The parameters, in order. */
  public List<ParameterInfo> parameters() {
    return parameters;
  }
}
