package dev.swage.onnx;

import com.google.protobuf.Message;
import dev.swage.onnx.wire.GraphProto;
import dev.swage.onnx.wire.NodeProto;
import dev.swage.onnx.wire.SparseTensorProto;
import dev.swage.onnx.wire.StringStringEntryProto;
import dev.swage.onnx.wire.TensorAnnotation;
import dev.swage.onnx.wire.TensorProto;
import dev.swage.onnx.wire.ValueInfoProto;
import java.util.Collections;
import java.util.Comparator;
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
  record NodeKey(String name, String opType, String domain, String firstOutput)
      implements Comparable<NodeKey> {
    private static final Comparator<NodeKey> ORDER =
        Comparator.comparing(NodeKey::name)
            .thenComparing(NodeKey::firstOutput)
            .thenComparing(NodeKey::opType)
            .thenComparing(NodeKey::domain);

    static NodeKey of(Node node) {
      String output = node.outputs().stream().filter(o -> !o.isEmpty()).findFirst().orElse("");
      return new NodeKey(node.name(), node.opType(), node.domain(), output);
    }

    /** Keeps maps fast where names are chosen to have the same hash code. */
    @Override
    public int compareTo(NodeKey other) {
      return ORDER.compare(this, other);
    }
  }

  record ValueKey(Section section, ValueInfo value) implements Comparable<ValueKey> {
    private static final Comparator<ValueKey> ORDER =
        Comparator.comparing(ValueKey::section)
            .thenComparing(key -> key.value().name())
            .thenComparing(key -> key.value().toString());

    @Override
    public int compareTo(ValueKey other) {
      return ORDER.compare(this, other);
    }
  }

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

  /** With what belongs to a value found under its new name. */
  PreservedContent renamed(Map<String, String> names) {
    GraphProto.Builder plain = rest.toBuilder();
    for (SparseTensorProto.Builder sparse : plain.getSparseInitializerBuilderList()) {
      TensorProto.Builder values = sparse.getValuesBuilder();
      values.setName(names.getOrDefault(values.getName(), values.getName()));
    }
    for (TensorAnnotation.Builder annotation : plain.getQuantizationAnnotationBuilderList()) {
      String tensor = annotation.getTensorName();
      annotation.setTensorName(names.getOrDefault(tensor, tensor));
      for (StringStringEntryProto.Builder parameter :
          annotation.getQuantParameterTensorNamesBuilderList()) {
        parameter.setValue(names.getOrDefault(parameter.getValue(), parameter.getValue()));
      }
    }
    PreservedContent renamed = new PreservedContent(plain.build());
    nodes.forEach((key, node) -> {
      String output = names.getOrDefault(key.firstOutput(), key.firstOutput());
      renamed.nodes.put(new NodeKey(key.name(), key.opType(), key.domain(), output), node);
    });
    weights.forEach((name, weight) -> renamed.weights.put(names.getOrDefault(name, name), weight));
    values.forEach((key, value) -> {
      ValueInfo info = key.value();
      String name = names.getOrDefault(info.name(), info.name());
      renamed.values.put(
          new ValueKey(key.section(), new ValueInfo(name, info.dtype(), info.dims())),
          value.toBuilder().setName(name).build());
    });
    opaqueInitializers.forEach((old, tensor) -> {
      String name = names.getOrDefault(old, old);
      renamed.opaqueInitializers.put(name, tensor.toBuilder().setName(name).build());
    });
    return renamed;
  }

  private static <K, M extends Message> void put(Map<K, M> into, K key, M message) {
    if (!message.equals(message.getDefaultInstanceForType())) {
      into.put(key, message);
    }
  }
}
