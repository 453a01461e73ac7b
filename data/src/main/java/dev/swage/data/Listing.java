package dev.swage.data;

import java.util.List;
import java.util.stream.Collectors;

/** Names for one line of a message, however many and long they are. */
public final class Listing {
  private static final int MOST = 20;
  private static final int LONGEST = 40;

  private Listing() {}

  /** The first twenty names, separated by commas, each cut after forty characters. */
  public static String of(List<String> names) {
    String shown = names.stream().limit(MOST).map(Listing::cut).collect(Collectors.joining(", "));
    return names.size() <= MOST ? shown : shown + " and %d more".formatted(names.size() - MOST);
  }

  private static String cut(String name) {
    return name.codePointCount(0, name.length()) <= LONGEST
        ? name
        : name.substring(0, name.offsetByCodePoints(0, LONGEST)) + "…";
  }
}
