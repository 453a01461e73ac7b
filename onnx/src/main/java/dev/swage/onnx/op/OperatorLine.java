package dev.swage.onnx.op;

import dev.swage.onnx.op.OperatorSchema.AttributeSpec;
import dev.swage.onnx.op.OperatorSchema.Count;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * One line of the table of operators: one operator from one version on.
 *
 * @param roles empty where the line has no list of roles
 * @param traits those this line names
 * @param changed whether nodes of earlier versions must be rewritten for this one
 */
record OperatorLine(
    String opType,
    long since,
    Optional<OperatorSchema> schema,
    Optional<Roles> roles,
    Set<Trait> traits,
    boolean changed) {
  private static final String UNKNOWN = "?";

  /** Roles by input; of the inputs after them the last one, or none that is known. */
  record Roles(List<RoleWord> words, boolean lastRepeats) {
    static final Roles NONE = new Roles(List.of(), false);

    RoleWord at(int index) {
      if (index < words.size()) {
        return words.get(index);
      }
      return lastRepeats ? words.getLast() : RoleWord.OTHER;
    }

    private static Roles parse(String text) {
      boolean repeats = text.endsWith("*)");
      String list = text.substring(1, text.length() - (repeats ? 2 : 1));
      return new Roles(
          Arrays.stream(list.split(",", -1))
              .map(word -> RoleWord.of(word).orElseThrow(() -> unknown("role", word)))
              .toList(),
          repeats);
    }

    private void requireFit(Count inputs) {
      boolean fits =
          words.size() <= inputs.most() && (!lastRepeats || words.size() < inputs.most());
      if (!fits) {
        throw new IllegalArgumentException(
            "%d roles%s, but it has %s inputs"
                .formatted(words.size(), lastRepeats ? " or more" : "", inputs));
      }
    }
  }

  /**
   * Reads a line that is neither blank nor a comment.
   *
   * @throws IllegalArgumentException saying what does not fit
   */
  static OperatorLine parse(String domain, String line) {
    String[] words = line.split(" ", -1);
    if (words.length < 4) {
      throw new IllegalArgumentException("needs operator, version, inputs and outputs");
    }
    Optional<Roles> roles = Optional.empty();
    Set<Trait> traits = EnumSet.noneOf(Trait.class);
    boolean changed = false;
    List<String> attributes = new ArrayList<>();
    for (String word : List.of(words).subList(4, words.length)) {
      if (word.startsWith("(") && word.endsWith(")") && roles.isEmpty()) {
        roles = Optional.of(Roles.parse(word));
      } else if (word.contains(":")) {
        attributes.add(word);
      } else if (word.equals("changed")) {
        changed = true;
      } else {
        traits.add(Trait.of(word).orElseThrow(() -> unknown("trait", word)));
      }
    }
    Optional<OperatorSchema> schema = schema(domain, words, attributes);
    if (roles.isPresent() && schema.isPresent()) {
      roles.get().requireFit(schema.get().inputs());
    }
    return new OperatorLine(words[0], version(words[1]), schema, roles, traits, changed);
  }

  private static Optional<OperatorSchema> schema(
      String domain, String[] words, List<String> attributes) {
    if (words[2].equals(UNKNOWN) && words[3].equals(UNKNOWN)) {
      if (!attributes.isEmpty()) {
        throw new IllegalArgumentException("has attributes, but no inputs and outputs");
      }
      return Optional.empty();
    }
    Map<String, AttributeSpec> specs = new HashMap<>();
    for (String attribute : attributes) {
      int colon = attribute.indexOf(':');
      AttributeSpec spec = AttributeSpec.parse(attribute.substring(colon + 1));
      if (specs.put(attribute.substring(0, colon), spec) != null) {
        throw new IllegalArgumentException("two attributes of one name: " + attribute);
      }
    }
    return Optional.of(
        new OperatorSchema(
            domain,
            words[0],
            version(words[1]),
            Count.parse(words[2]),
            Count.parse(words[3]),
            specs));
  }

  private static long version(String text) {
    long version = Long.parseLong(text);
    if (version < 1) {
      throw new IllegalArgumentException("version " + text + ", expected 1 or more");
    }
    return version;
  }

  private static IllegalArgumentException unknown(String what, String word) {
    return new IllegalArgumentException("unknown " + what + " '" + word + "'");
  }
}
