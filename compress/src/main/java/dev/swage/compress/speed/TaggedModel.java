package dev.swage.compress.speed;

import dev.swage.compress.speed.MixedModel.MixedNode;
import dev.swage.onnx.Node;
import dev.swage.onnx.OnnxModel;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.HashMap;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.OptionalInt;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A model whose nodes carry the number of their group in their names, so that the group of a node
 * can be told of a graph that ONNX Runtime made of it.
 */
final class TaggedModel {
  private static final Pattern TAG = Pattern.compile("swage#(\\d+)#");

  /**
   * Convolutions in blocks of channels are named after their outputs, which may be those of nodes
   * that were fused into them.
   */
  private static final Pattern BLOCKED = Pattern.compile("(.*)_nchwc(_token_\\d+)?");

  /** What ONNX Runtime puts between nodes. */
  private static final Set<String> BETWEEN =
      Set.of("QuantizeLinear", "DequantizeLinear", "ReorderInput", "ReorderOutput", "Transpose");

  private final OnnxModel model;
  private final BitSet codes;
  private final boolean codesHandedOn;
  private final Map<String, Written> writers = new HashMap<>();

  /** The node that writes a value, and its group. */
  private record Written(Node node, int group) {}

  private TaggedModel(
      OnnxModel model, IdentityHashMap<Node, Integer> owners, BitSet codes, boolean codesHandedOn) {
    this.codes = codes;
    this.codesHandedOn = codesHandedOn;
    List<Node> nodes = new ArrayList<>();
    for (Node node : model.graph().nodes()) {
      Integer group = owners.get(node);
      if (group == null) {
        nodes.add(node);
      } else {
        String name = "swage#%s#%s".formatted(group, nodes.size());
        nodes.add(
            new Node(
                name,
                node.opType(),
                node.domain(),
                node.inputs(),
                node.outputs(),
                node.attributes()));
        node.outputs().forEach(output -> writers.put(output, new Written(node, group)));
      }
    }
    this.model = model.withGraph(model.graph().toBuilder().nodes(nodes).build());
  }

  /** The model before there were codes. */
  static TaggedModel floats(OnnxModel prepared, MixedModel most, NodeGroups groups) {
    IdentityHashMap<Node, Integer> owners = new IdentityHashMap<>();
    for (MixedNode node : most.nodes()) {
      owners.put(node.source(), groups.named(node.name()).index());
    }
    return new TaggedModel(prepared, owners, new BitSet(), true);
  }

  /** A model with codes. */
  static TaggedModel mixed(MixedModel mixed, NodeGroups groups) {
    IdentityHashMap<Node, Integer> owners = new IdentityHashMap<>();
    BitSet codes = new BitSet();
    for (MixedNode node : mixed.nodes()) {
      int group = groups.named(node.name()).index();
      owners.put(node.written(), group);
      if (node.coded()) {
        codes.set(group);
      }
    }
    TaggedModel tagged = new TaggedModel(mixed.model(), owners, codes, mixed.codesHandedOn());
    if (!mixed.codesHandedOn()) {
      // Several nodes may stand for one; the last of them writes its value.
      for (MixedNode node : mixed.nodes()) {
        int group = groups.named(node.name()).index();
        for (String output : node.source().outputs()) {
          tagged.writers.putIfAbsent(output, new Written(node.source(), group));
        }
      }
    }
    return tagged;
  }

  OnnxModel model() {
    return model;
  }

  boolean readsCodes(int group) {
    return codes.get(group);
  }

  boolean writesCodes(int group) {
    return codesHandedOn && codes.get(group);
  }

  /** The group of a node that ONNX Runtime runs; empty for what it put between nodes. */
  OptionalInt group(Node run) {
    Matcher tag = TAG.matcher(run.name());
    if (tag.find()) {
      return OptionalInt.of(Integer.parseInt(tag.group(1)));
    }
    Matcher blocked = BLOCKED.matcher(run.name());
    Written last = blocked.matches() ? writers.get(blocked.group(1)) : null;
    if (last != null) {
      return OptionalInt.of(origin(last, run.opType()).group());
    }
    if (BETWEEN.contains(run.opType())) {
      return OptionalInt.empty();
    }
    return run.outputs().stream()
        .map(writers::get)
        .filter(Objects::nonNull)
        .mapToInt(Written::group)
        .findFirst();
  }

  /** Upwards from a node to the first of this type; the node itself where there is none. */
  private Written origin(Written last, String opType) {
    Written at = last;
    while (at != null && !at.node().opType().equals(opType)) {
      at = writers.get(at.node().input(0));
    }
    return at == null ? last : at;
  }
}
