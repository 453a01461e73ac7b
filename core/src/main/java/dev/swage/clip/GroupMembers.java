package dev.swage.clip;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** Which parameters belong to which clip group: each to one, and every group has some. */
final class GroupMembers {
  private GroupMembers() {}

  /**
   * Indices of the parameters of each group, and of the rest.
   *
   * @throws IllegalArgumentException for a pattern or role without parameters, and a parameter in
   *     two groups
   */
  static Map<String, int[]> of(
      List<ClipGroup> groups, String rest, List<ParameterInfo> parameters) {
    groups.forEach(
        group -> group.selection().requireMatches("clip group '" + group.name() + "'", parameters));
    Map<String, List<Integer>> members = new LinkedHashMap<>();
    for (int i = 0; i < parameters.size(); i++) {
      members
          .computeIfAbsent(owner(groups, rest, parameters.get(i)), _ -> new ArrayList<>())
          .add(i);
    }
    Map<String, int[]> arrays = new LinkedHashMap<>();
    members.forEach(
        (name, own) -> arrays.put(name, own.stream().mapToInt(Integer::intValue).toArray()));
    return arrays;
  }

  private static String owner(List<ClipGroup> groups, String rest, ParameterInfo parameter) {
    List<String> owners =
        groups.stream().filter(g -> g.contains(parameter)).map(ClipGroup::name).toList();
    if (owners.size() > 1) {
      throw new IllegalArgumentException(
          String.format(
              Locale.ROOT,
              "parameter '%s' is in the clip groups '%s' and '%s'; a parameter belongs to one",
              parameter.name(),
              owners.get(0),
              owners.get(1)));
    }
    return owners.isEmpty() ? rest : owners.getFirst();
  }
}
