package dev.swage.range;

import dev.swage.clip.ParameterRole;
import dev.swage.clip.ParameterSelection;
import java.util.List;
import java.util.Set;

/**
 * Weights with range control of their own.
 *
 * @param name what errors and states call the group
 * @param selection its weights
 * @param controls at most one weight clip; none at all leaves the group's weights alone
 */
public record RangeGroup(String name, ParameterSelection selection, List<RangeControl> controls) {
  public RangeGroup {
    if (name.isBlank() || name.contains("/") || name.equals(RangeControls.REST)) {
      throw new IllegalArgumentException(
          "a range group needs a name without '/' that is not '%s', got '%s'"
              .formatted(RangeControls.REST, name));
    }
    if (selection.isEmpty()) {
      throw new IllegalArgumentException(
          "range group '%s' is empty: give it name patterns or roles".formatted(name));
    }
    controls = RangeControls.checked(controls);
  }

  /** The weights whose names match one of the patterns. */
  public static RangeGroup named(String name, List<String> patterns, RangeControl... controls) {
    return new RangeGroup(name, new ParameterSelection(patterns, Set.of()), List.of(controls));
  }

  /** The weights with one of these roles. */
  public static RangeGroup ofRoles(
      String name, Set<ParameterRole> roles, RangeControl... controls) {
    return new RangeGroup(name, new ParameterSelection(List.of(), roles), List.of(controls));
  }

  String describe() {
    return "%s %s: %s".formatted(name, selection, RangeControls.describe(controls));
  }
}
