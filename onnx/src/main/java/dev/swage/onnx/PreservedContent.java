package dev.swage.onnx;

import com.google.protobuf.Message;
import dev.swage.onnx.wire.GraphProto;
import dev.swage.onnx.wire.NodeProto;
import dev.swage.onnx.wire.TensorProto;
import dev.swage.onnx.wire.ValueInfoProto;
import java.util.Collections;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Set;

/**
 * What a file says about a graph that its values do not hold, to be written back: documentation,
 * metadata, annotations, types and tensors of other kinds, unknown fields. Entries are found again
 * by what they belong to, so they follow a node, weight or value through edits and go with it.
 */
final class PreservedContent {
  enum Section {
    INPUT,
    OUTPUT,
    VALUE
  }

  /** A node is the same one as long as it computes the same value by the same operator. */
  record NodeKey(String name, String opType, String domain, String firstOutput) {
    static NodeKey of(Node node) {
      String output = node.outputs().stream().filter(o -> !o.isEmpty()).findFirst().orElse("");
      return new NodeKey(node.name(), node.opType(), node.domain(), output);
    }
  }

  record ValueKey(Section section, ValueInfo value) {}

  static final PreservedContent NOTHING = new PreservedContent(GraphProto.getDefaultInstance());

  final GraphProto rest;
  final Map<NodeKey, NodeProto> nodes = new HashMap<>();
  final Map<String, TensorProto> weights = new HashMap<>();
  final Map<ValueKey, ValueInfoProto> values = new HashMap<>();
  final Map<String, TensorProto> opaqueInitializers = new LinkedHashMap<>();

  /** Filled by the decoder, and not changed after that. */
  PreservedContent(GraphProto rest) {
    this.rest = rest;
  }

  /** Names of initializers that are no {@link dev.swage.tensor.Tensor}. */
  Set<String> opaqueNames() {
    Set<String> names = new LinkedHashSet<>(opaqueInitializers.keySet());
    rest.getSparseInitializerList().forEach(sparse -> names.add(sparse.getValues().getName()));
    return Collections.unmodifiableSet(names);
  }

  /**
   * Without documentation and metadata of nodes, weights and values; the graph's own stay.
   *
   * @return this, if there are none
   */
  PreservedContent withoutNotes() {
    PreservedContent plain = new PreservedContent(rest);
    nodes.forEach((key, node) -> put(plain.nodes, key, Notes.without(node)));
    weights.forEach((key, weight) -> put(plain.weights, key, Notes.without(weight)));
    values.forEach((key, value) -> {
      ValueInfoProto bare = Notes.without(value);
      if (!bare.equals(ValueInfos.encode(key.value()))) {
        plain.values.put(key, bare);
      }
    });
    plain.opaqueInitializers.putAll(opaqueInitializers);
    boolean same =
        plain.nodes.equals(nodes) && plain.weights.equals(weights) && plain.values.equals(values);
    return same ? this : plain;
  }

  private static <K, M extends Message> void put(Map<K, M> into, K key, M message) {
    if (!message.equals(message.getDefaultInstanceForType())) {
      into.put(key, message);
    }
  }
}
