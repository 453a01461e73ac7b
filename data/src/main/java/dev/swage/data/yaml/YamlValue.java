package dev.swage.data.yaml;

import dev.swage.data.Suggestion;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import org.yaml.snakeyaml.nodes.MappingNode;
import org.yaml.snakeyaml.nodes.Node;
import org.yaml.snakeyaml.nodes.NodeTuple;
import org.yaml.snakeyaml.nodes.ScalarNode;
import org.yaml.snakeyaml.nodes.SequenceNode;

/**
 * A value in a YAML file together with where it stands, so that every complaint can name the file,
 * the line and the key.
 */
public final class YamlValue {
  private final YamlDocument document;
  private final String key;
  private final Node node;
  private final Node place;

  /**
   * A value of a document.
   *
   * @param key the dotted path of keys that leads here
   * @param place what a complaint points at: the key's node where there is one, since a nested
   *     value begins on a later line
   */
  YamlValue(YamlDocument document, String key, Node node, Node place) {
    this.document = document;
    this.key = key;
    this.node = node;
    this.place = place;
  }

  /** The dotted path of keys that leads here, as {@code train.clip}. */
  public String key() {
    return key;
  }

  public YamlException error(String message) {
    return new YamlException("%s: %s".formatted(document.where(place), message));
  }

  public YamlException error(String message, Throwable cause) {
    return new YamlException("%s: %s".formatted(document.where(place), message), cause);
  }

  public boolean isMap() {
    return node instanceof MappingNode;
  }

  public boolean isList() {
    return node instanceof SequenceNode;
  }

  public boolean isScalar() {
    return node instanceof ScalarNode;
  }

  /** A scalar's text. */
  public String text() {
    if (node instanceof ScalarNode scalar) {
      return scalar.getValue();
    }
    throw error("%s must be a single value, got a %s".formatted(key, kind()));
  }

  private String kind() {
    return isMap() ? "map" : "list";
  }

  public int integer(int min, int max) {
    String text = text();
    try {
      int value = Integer.parseInt(text.replace("_", ""));
      if (value >= min && value <= max) {
        return value;
      }
    } catch (NumberFormatException e) {
      // falls through to the same complaint
    }
    String range = max == Integer.MAX_VALUE ? "of at least " + min : "from " + min + " to " + max;
    throw error("%s must be a whole number %s, got '%s'".formatted(key, range, text));
  }

  public long longInteger() {
    try {
      return Long.parseLong(text().replace("_", ""));
    } catch (NumberFormatException e) {
      throw error("%s must be a whole number, got '%s'".formatted(key, text()), e);
    }
  }

  /** A finite number. */
  public double number() {
    try {
      double value = Double.parseDouble(text());
      if (Double.isFinite(value)) {
        return value;
      }
    } catch (NumberFormatException e) {
      // falls through to the same complaint
    }
    throw error("%s must be a number, got '%s'".formatted(key, text()));
  }

  public boolean bool() {
    return switch (text()) {
      case "true", "yes", "on" -> true;
      case "false", "no", "off" -> false;
      default -> throw error("%s must be true or false, got '%s'".formatted(key, text()));
    };
  }

  /** The value's meaning in a closed set of words. */
  public <T> T choice(Map<String, T> choices) {
    T value = choices.get(text());
    if (value == null) {
      throw error(
          "unknown %s '%s'; %s"
              .formatted(key, text(), Suggestion.forWord(text(), choices.keySet())));
    }
    return value;
  }

  /** The items of a list; a single value counts as a list of one. */
  public List<YamlValue> items() {
    if (!(node instanceof SequenceNode sequence)) {
      return List.of(this);
    }
    List<YamlValue> items = new ArrayList<>();
    for (Node item : sequence.getValue()) {
      items.add(new YamlValue(document, key, item, item));
    }
    return items;
  }

  /** A list's items as numbers. */
  public List<Integer> integers(int min) {
    return items().stream().map(item -> item.integer(min, Integer.MAX_VALUE)).toList();
  }

  /** Every single value in here by its dotted path, items of lists by their place. */
  public void collect(Map<String, String> leaves) {
    if (node instanceof ScalarNode scalar) {
      leaves.put(key, scalar.getValue());
    } else if (node instanceof SequenceNode sequence) {
      List<Node> items = sequence.getValue();
      for (int i = 0; i < items.size(); i++) {
        Node item = items.get(i);
        new YamlValue(document, key + "[" + i + "]", item, item).collect(leaves);
      }
    } else {
      rawEntries().values().forEach(value -> value.collect(leaves));
    }
  }

  /** The entries of a map whose keys must all be known. */
  public Entries entries(List<String> known) {
    return entries(known, List.of());
  }

  /** The entries of a map; {@code later} are keys that are known to be missing still. */
  public Entries entries(List<String> known, List<String> later) {
    Map<String, YamlValue> values = rawEntries();
    for (Map.Entry<String, YamlValue> entry : values.entrySet()) {
      if (later.contains(entry.getKey())) {
        throw entry.getValue().error(entry.getValue().key + " is not available yet");
      }
      if (!known.contains(entry.getKey())) {
        throw entry
            .getValue()
            .error(
                "unknown key '%s'%s; %s"
                    .formatted(
                        entry.getKey(),
                        key.isEmpty() ? "" : " in " + key,
                        Suggestion.forWord(entry.getKey(), known)));
      }
    }
    return new Entries(this, values);
  }

  /** All entries of a map in file order, each key once. */
  public Map<String, YamlValue> rawEntries() {
    if (!(node instanceof MappingNode mapping)) {
      throw error(
          "%s must be a map of keys and values, got a %s"
              .formatted(
                  key.isEmpty() ? "the " + document.kind() : key,
                  isList() ? "list" : "single value"));
    }
    Map<String, YamlValue> values = new LinkedHashMap<>();
    for (NodeTuple tuple : mapping.getValue()) {
      Node keyNode = tuple.getKeyNode();
      String name = new YamlValue(document, key, keyNode, keyNode).text();
      String path = key.isEmpty() ? name : key + "." + name;
      YamlValue value = new YamlValue(document, path, tuple.getValueNode(), keyNode);
      if (values.putIfAbsent(name, value) != null) {
        throw value.error("key '" + path + "' stands twice");
      }
    }
    return values;
  }

  /** A map's entries, already known to hold no strangers. */
  public static final class Entries {
    private final YamlValue owner;
    private final Map<String, YamlValue> values;

    private Entries(YamlValue owner, Map<String, YamlValue> values) {
      this.owner = owner;
      this.values = values;
    }

    public YamlValue owner() {
      return owner;
    }

    public boolean has(String name) {
      return values.containsKey(name);
    }

    public Optional<YamlValue> get(String name) {
      return Optional.ofNullable(values.get(name));
    }

    public YamlValue require(String name) {
      YamlValue value = values.get(name);
      if (value == null) {
        throw owner.error(
            "key '%s' is missing%s".formatted(name, owner.key.isEmpty() ? "" : " in " + owner.key));
      }
      return value;
    }

    public <T> T get(String name, T fallback, Function<YamlValue, T> read) {
      YamlValue value = values.get(name);
      return value == null ? fallback : read.apply(value);
    }

    /** Complains when both keys are given. */
    public void exclusive(String first, String second) {
      if (has(first) && has(second)) {
        throw require(second)
            .error(
                "'%s' contradicts '%s': give one of them"
                    .formatted(require(second).key, require(first).key));
      }
    }
  }
}
