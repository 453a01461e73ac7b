package dev.swage.clip;

import java.util.List;
import java.util.Locale;
import java.util.Set;

/**
 * Parameters with a clipper of their own: those whose name matches one of the patterns, and those
 * with one of the roles.
 *
 * @param name what records and states call the group
 * @param patterns names of parameters, in which {@code *} stands for any characters and {@code ?}
 *     for one
 * @param roles roles of parameters
 * @param clipper clips the group's gradients as if there were no others
 */
public record ClipGroup(
    String name, List<String> patterns, Set<ParameterRole> roles, GradientClipper clipper) {
  public ClipGroup {
    patterns = List.copyOf(patterns);
    roles = Set.copyOf(roles);
    clipper = Clip.bare(clipper);
    if (name.isBlank() || name.contains("/") || name.equals(GroupClipper.REST)) {
      throw new IllegalArgumentException(
          String.format(
              Locale.ROOT,
              "a clip group needs a name without '/' that is not '%s', got '%s'",
              GroupClipper.REST,
              name));
    }
    if (patterns.isEmpty() && roles.isEmpty()) {
      throw new IllegalArgumentException(
          String.format(
              Locale.ROOT, "clip group '%s' is empty: give it name patterns or roles", name));
    }
  }

  /** The parameters whose names match one of the patterns. */
  public static ClipGroup named(String name, List<String> patterns, GradientClipper clipper) {
    return new ClipGroup(name, patterns, Set.of(), clipper);
  }

  /** The parameters with one of these roles. */
  public static ClipGroup ofRoles(String name, Set<ParameterRole> roles, GradientClipper clipper) {
    return new ClipGroup(name, List.of(), roles, clipper);
  }

  ParameterSelection selection() {
    return new ParameterSelection(patterns, roles);
  }

  boolean contains(ParameterInfo parameter) {
    return selection().contains(parameter);
  }
}
