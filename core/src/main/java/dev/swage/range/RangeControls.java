package dev.swage.range;

import dev.swage.clip.ParameterInfo;
import dev.swage.clip.ParameterRole;
import java.util.List;
import java.util.stream.Collectors;

/**
 * The range control of a whole model.
 *
 * @param rest for the weights of two or more axes that are in no group: products, convolutions,
 *     recurrent weights and tables, but not biases, normalizations or quantizers
 * @param groups weights with control of their own; a weight belongs to one at most
 * @param schedule how strong all of it is, step by step
 */
public record RangeControls(
    List<RangeControl> rest, List<RangeGroup> groups, RangeSchedule schedule) {
  static final String REST = "rest";

  public RangeControls {
    rest = checked(rest);
    groups = List.copyOf(groups);
    if (groups.stream().map(RangeGroup::name).distinct().count() < groups.size()) {
      throw new IllegalArgumentException("two range groups have the same name");
    }
    if (rest.isEmpty() && groups.stream().allMatch(group -> group.controls().isEmpty())) {
      throw new IllegalArgumentException(
          "range control needs at least one of weight clip, kure and r2");
    }
  }

  /** The same for all weights of two or more axes, at full strength from the first step. */
  public static RangeControls of(RangeControl... controls) {
    return new RangeControls(List.of(controls), List.of(), RangeSchedule.CONSTANT);
  }

  public RangeControls withGroups(RangeGroup... newGroups) {
    return new RangeControls(rest, List.of(newGroups), schedule);
  }

  public RangeControls withSchedule(RangeSchedule newSchedule) {
    return new RangeControls(rest, groups, newSchedule);
  }

  /** Whether this is a weight that is controlled and profiled unless one says otherwise. */
  public static boolean isWeight(ParameterInfo parameter) {
    ParameterRole role = parameter.role();
    return parameter.shape().rank() >= 2
        && (role == ParameterRole.WEIGHT
            || role == ParameterRole.RECURRENT
            || role == ParameterRole.EMBEDDING);
  }

  static List<RangeControl> checked(List<RangeControl> controls) {
    if (controls.stream().filter(WeightClip.class::isInstance).count() > 1) {
      throw new IllegalArgumentException("a weight has one weight clip, got " + describe(controls));
    }
    return List.copyOf(controls);
  }

  static String describe(List<RangeControl> controls) {
    return controls.isEmpty()
        ? "none"
        : controls.stream().map(RangeControl::describe).collect(Collectors.joining(" + "));
  }

  /** All of it in words, for provenance: two controls are the same if their words are. */
  public String describe() {
    String own =
        groups.stream().map(group -> "; " + group.describe()).collect(Collectors.joining());
    return describe(rest) + own + "; " + schedule.describe();
  }
}
