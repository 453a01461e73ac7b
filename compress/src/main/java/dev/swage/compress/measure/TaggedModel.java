package dev.swage.compress.measure;

import dev.swage.compress.qdq.NodeDecision;
import dev.swage.compress.qdq.QdqModel;
import dev.swage.compress.qdq.QdqPlan.PlannedNode;
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
  private final Map<String, Written> writers = new HashMap<>();

  /** The node that writes a value, and its group. */
  private record Written(Node node, int group) {}

  private TaggedModel(OnnxModel model, IdentityHashMap<Node, NodeGroup> owners, BitSet codes) {
    this.codes = codes;
    List<Node> nodes = new ArrayList<>();
    for (Node node : model.graph().nodes()) {
      NodeGroup group = owners.get(node);
      if (group == null) {
        nodes.add(node);
      } else {
        String name = "swage#%d#%d".formatted(group.index(), nodes.size());
        nodes.add(
            new Node(
                name,
                node.opType(),
                node.domain(),
                node.inputs(),
                node.outputs(),
                node.attributes()));
        node.outputs().forEach(output -> writers.put(output, new Written(node, group.index())));
      }
    }
    this.model = model.withGraph(model.graph().toBuilder().nodes(nodes).build());
  }

  /** The model before quantization. */
  static TaggedModel floats(OnnxModel prepared, QdqModel most, NodeGroups groups) {
    IdentityHashMap<Node, NodeGroup> owners = new IdentityHashMap<>();
    for (PlannedNode planned : most.plan().nodes()) {
      owners.put(planned.node(), groups.named(planned.name()));
    }
    return new TaggedModel(prepared, owners, new BitSet());
  }

  /** A quantized model. */
  static TaggedModel quantized(QdqModel quantized, NodeGroups groups) {
    IdentityHashMap<Node, NodeGroup> owners = new IdentityHashMap<>();
    BitSet codes = new BitSet();
    for (PlannedNode planned : quantized.plan().nodes()) {
      NodeGroup group = groups.named(planned.name());
      owners.put(quantized.written().getOrDefault(planned.name(), planned.node()), group);
      if (planned.decision() instanceof NodeDecision.Quantize) {
        codes.set(group.index());
      }
    }
    return new TaggedModel(quantized.model(), owners, codes);
  }

  OnnxModel model() {
    return model;
  }

  /** Whether a group reads and writes codes. */
  boolean isCodes(int group) {
    return codes.get(group);
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
