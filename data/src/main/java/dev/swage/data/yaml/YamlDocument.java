package dev.swage.data.yaml;

import java.io.IOException;
import java.io.StringReader;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.IdentityHashMap;
import java.util.List;
import org.yaml.snakeyaml.DumperOptions.FlowStyle;
import org.yaml.snakeyaml.DumperOptions.ScalarStyle;
import org.yaml.snakeyaml.LoaderOptions;
import org.yaml.snakeyaml.Yaml;
import org.yaml.snakeyaml.error.YAMLException;
import org.yaml.snakeyaml.nodes.MappingNode;
import org.yaml.snakeyaml.nodes.Node;
import org.yaml.snakeyaml.nodes.NodeTuple;
import org.yaml.snakeyaml.nodes.ScalarNode;
import org.yaml.snakeyaml.nodes.SequenceNode;
import org.yaml.snakeyaml.nodes.Tag;

/** A YAML text, with the {@code --set key=value} overrides laid over it. */
public final class YamlDocument {
  private final String file;
  private final String kind;
  private final String text;
  private final IdentityHashMap<Node, String> overridden = new IdentityHashMap<>();

  private YamlDocument(String file, String kind, String text) {
    this.file = file;
    this.kind = kind;
    this.text = text;
  }

  /**
   * Reads a file.
   *
   * @param kind what such a file is called in complaints, as {@code recipe}
   * @throws YamlException if it cannot be read
   */
  public static YamlDocument read(Path path, String kind) {
    try {
      return new YamlDocument(path.toString(), kind, YamlText.decode(path));
    } catch (java.nio.file.NoSuchFileException e) {
      throw new YamlException("%s: no such %s".formatted(path, kind), e);
    } catch (IOException e) {
      throw new YamlException(path + ": cannot be read: " + e.getMessage(), e);
    }
  }

  /** A text that is no file, called by a name. */
  public static YamlDocument of(String name, String kind, String text) {
    return new YamlDocument(name, kind, text);
  }

  String kind() {
    return kind;
  }

  /** The text as it was read, for provenance. */
  public String text() {
    return text;
  }

  /** File and line of a node, or the {@code --set} it came from. */
  String where(Node node) {
    String override = overridden.get(node);
    if (override != null) {
      return override;
    }
    return node.getStartMark() == null ? file : file + ":" + (node.getStartMark().getLine() + 1);
  }

  /** The root value with overrides such as {@code train.epochs=3} applied in order. */
  public YamlValue root(List<String> overrides) {
    Node root = compose(text, file);
    for (String override : overrides) {
      apply(root, override);
    }
    return new YamlValue(this, "", root, root);
  }

  private static Node compose(String text, String name) {
    LoaderOptions options = new LoaderOptions();
    options.setMaxAliasesForCollections(YamlText.MOST_ALIASES);
    options.setNestingDepthLimit(YamlText.DEEPEST);
    options.setCodePointLimit(YamlText.MOST_CHARACTERS);
    try {
      Node node = new Yaml(options).compose(new StringReader(text));
      if (node == null) {
        throw new YamlException(name + ": is empty");
      }
      YamlShape.requireTree(name, node);
      return node;
    } catch (YAMLException e) {
      throw YamlText.complaint(name, text, e);
    }
  }

  private void apply(Node root, String override) {
    int equals = override.indexOf('=');
    if (equals < 1) {
      throw new YamlException(
          "--set " + override + ": expected key=value, as in --set train.epochs=3");
    }
    String label = "--set " + override;
    Node value = compose(override.substring(equals + 1), label);
    Node at = root;
    String[] keys = override.substring(0, equals).split("\\.", -1);
    for (int i = 0; i < keys.length - 1; i++) {
      at = child(at, keys[i], label);
    }
    put(at, keys[keys.length - 1], value, label);
  }

  private Node child(Node parent, String key, String label) {
    MappingNode map = requireMap(parent, key, label);
    for (NodeTuple tuple : map.getValue()) {
      if (tuple.getKeyNode() instanceof ScalarNode name && name.getValue().equals(key)) {
        return tuple.getValueNode();
      }
    }
    MappingNode fresh =
        new MappingNode(Tag.MAP, true, new ArrayList<>(), null, null, FlowStyle.FLOW);
    put(parent, key, fresh, label);
    return fresh;
  }

  private void put(Node parent, String key, Node value, String label) {
    MappingNode map = requireMap(parent, key, label);
    ScalarNode name = new ScalarNode(Tag.STR, key, null, null, ScalarStyle.PLAIN);
    overridden.put(name, label);
    labelAll(value, label);
    List<NodeTuple> tuples = new ArrayList<>(map.getValue());
    NodeTuple tuple = new NodeTuple(name, value);
    for (int i = 0; i < tuples.size(); i++) {
      if (tuples.get(i).getKeyNode() instanceof ScalarNode old && old.getValue().equals(key)) {
        tuples.set(i, tuple);
        map.setValue(tuples);
        return;
      }
    }
    tuples.add(tuple);
    map.setValue(tuples);
  }

  /** A value of several parts has one origin. */
  private void labelAll(Node value, String label) {
    overridden.put(value, label);
    switch (value) {
      case MappingNode map ->
          map.getValue()
              .forEach(tuple -> {
                labelAll(tuple.getKeyNode(), label);
                labelAll(tuple.getValueNode(), label);
              });
      case SequenceNode list -> list.getValue().forEach(item -> labelAll(item, label));
      default -> {} // a scalar has no parts
    }
  }

  private static MappingNode requireMap(Node node, String key, String label) {
    if (node instanceof MappingNode map) {
      return map;
    }
    throw new YamlException(label + ": '" + key + "' lies under a value that is not a map");
  }
}
