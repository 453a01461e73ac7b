package dev.swage.clip;

import dev.swage.text.EditDistance;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * Some of a model's parameters: those whose name matches one of the patterns, and those with one of
 * the roles.
 *
 * @param patterns names, in which {@code *} stands for any characters and {@code ?} for one
 * @param roles roles
 */
public record ParameterSelection(List<String> patterns, Set<ParameterRole> roles) {
  private static final int NEAREST = 3;

  public ParameterSelection {
    patterns = List.copyOf(patterns);
    roles = Set.copyOf(roles);
  }

  /** Whether it selects nothing, whatever the model. */
  public boolean isEmpty() {
    return patterns.isEmpty() && roles.isEmpty();
  }

  /** Whether the parameter is one of them. */
  public boolean contains(ParameterInfo parameter) {
    return roles.contains(parameter.role())
        || patterns.stream().anyMatch(pattern -> matches(pattern, parameter.name()));
  }

  /** Whether a name matches a pattern. */
  public static boolean matches(String pattern, String name) {
    String expression = Pattern.quote(pattern).replace("*", "\\E.*\\Q").replace("?", "\\E.\\Q");
    return name.matches(expression);
  }

  /**
   * Fails unless every pattern and every role has a parameter.
   *
   * @param owner what the message begins with, as {@code clip group 'head'}
   * @throws IllegalArgumentException naming the pattern and the nearest names, or the role and
   *     those that there are
   */
  public void requireMatches(String owner, List<ParameterInfo> parameters) {
    for (String pattern : patterns) {
      if (parameters.stream().noneMatch(p -> matches(pattern, p.name()))) {
        throw new IllegalArgumentException(
            String.format(
                Locale.ROOT,
                "%s: no parameter matches '%s'; nearest: %s",
                owner,
                pattern,
                String.join(", ", nearest(pattern, parameters))));
      }
    }
    for (ParameterRole role : roles) {
      if (parameters.stream().noneMatch(p -> p.role() == role)) {
        throw new IllegalArgumentException(
            String.format(
                Locale.ROOT,
                "%s: no parameter has the role %s; there are %s",
                owner,
                role.symbol(),
                String.join(
                    ", ",
                    parameters.stream().map(p -> p.role().symbol()).distinct().sorted().toList())));
      }
    }
  }

  private static List<String> nearest(String pattern, List<ParameterInfo> parameters) {
    String plain = pattern.replace("*", "").replace("?", "");
    List<String> names = parameters.stream().map(ParameterInfo::name).toList();
    return EditDistance.nearest(plain, names, NEAREST);
  }

  /** In one order, whatever the set's. */
  @Override
  public String toString() {
    return patterns
        + roles.stream()
            .map(ParameterRole::symbol)
            .sorted()
            .collect(Collectors.joining(", ", "[", "]"));
  }
}
