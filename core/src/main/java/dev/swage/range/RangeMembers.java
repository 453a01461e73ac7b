package dev.swage.range;

import dev.swage.clip.ParameterInfo;
import dev.swage.clip.ParameterSelection;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Which parameters belong to which range group, and to the rest. */
final class RangeMembers {
  private RangeMembers() {}

  /**
   * Indices of the parameters of each group that has some, by its name.
   *
   * @param untrained names of the model's weights that are not trained
   * @throws IllegalArgumentException for a pattern or role without parameters, and a parameter in
   *     two groups
   */
  static Map<String, List<Integer>> of(
      RangeControls controls, List<ParameterInfo> parameters, Set<String> untrained) {
    for (RangeGroup group : controls.groups()) {
      requireTrained(group, parameters, untrained);
      group.selection().requireMatches("range group '" + group.name() + "'", parameters);
    }
    Map<String, List<Integer>> members = new LinkedHashMap<>();
    for (int i = 0; i < parameters.size(); i++) {
      String owner = owner(controls, parameters.get(i));
      if (!owner.isEmpty()) {
        members.computeIfAbsent(owner, _ -> new ArrayList<>()).add(i);
      }
    }
    if (!controls.rest().isEmpty() && !members.containsKey(RangeControls.REST)) {
      throw new IllegalArgumentException(
          "range control finds no trained weight of two or more axes outside of groups; name weights in a group, or control groups only");
    }
    return members;
  }

  private static void requireTrained(
      RangeGroup group, List<ParameterInfo> parameters, Set<String> untrained) {
    for (String pattern : group.selection().patterns()) {
      if (parameters.stream().anyMatch(p -> ParameterSelection.matches(pattern, p.name()))) {
        continue;
      }
      for (String name : untrained) {
        if (ParameterSelection.matches(pattern, name)) {
          throw new IllegalArgumentException(
              "range group '%s': weight '%s' is not trained; train it, or leave '%s' out"
                  .formatted(group.name(), name, pattern));
        }
      }
    }
  }

  private static String owner(RangeControls controls, ParameterInfo parameter) {
    List<String> owners =
        controls.groups().stream()
            .filter(group -> group.selection().contains(parameter))
            .map(RangeGroup::name)
            .toList();
    if (owners.size() > 1) {
      throw new IllegalArgumentException(
          "parameter '%s' is in the range groups '%s' and '%s'; a parameter belongs to one"
              .formatted(parameter.name(), owners.get(0), owners.get(1)));
    }
    if (!owners.isEmpty()) {
      return owners.getFirst();
    }
    return RangeControls.isWeight(parameter) && !controls.rest().isEmpty()
        ? RangeControls.REST
        : "";
  }
}
