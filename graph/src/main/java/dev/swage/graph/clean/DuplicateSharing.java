package dev.swage.graph.clean;

import dev.swage.graph.pass.Pass;
import dev.swage.graph.pass.Renaming;
import dev.swage.graph.pass.Scope;
import dev.swage.onnx.Graph;
import dev.swage.onnx.ValueInfo;
import dev.swage.tensor.DType;
import dev.swage.tensor.MappedMemory;
import dev.swage.tensor.Shape;
import dev.swage.tensor.Tensor;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Weights with the same type, shape and bytes become one. Candidates are found by a hash of both
 * ends of the bytes, so that large mapped weights are read in full only where they are likely
 * equal.
 */
public final class DuplicateSharing implements Pass {
  private static final long HASHED_BYTES = 1024;

  record Key(DType dtype, Shape shape, int hash) {}

  @Override
  public Graph apply(Graph graph, Scope scope) {
    Set<String> fixed = new HashSet<>();
    graph.inputs().forEach(input -> fixed.add(input.name()));
    graph.outputs().stream().map(ValueInfo::name).forEach(fixed::add);
    Map<Key, Map<String, Tensor>> candidates = new HashMap<>();
    Map<String, String> names = new LinkedHashMap<>();
    graph
        .initializers()
        .forEach((name, tensor) -> {
          if (fixed.contains(name)) {
            return;
          }
          Map<String, Tensor> alike =
              candidates.computeIfAbsent(key(tensor), key -> new LinkedHashMap<>());
          for (Map.Entry<String, Tensor> first : alike.entrySet()) {
            if (MappedMemory.mismatch(first.getValue().data(), tensor.data()) < 0) {
              names.put(name, first.getKey());
              return;
            }
          }
          alike.put(name, tensor);
        });
    if (names.isEmpty()) {
      return graph;
    }
    Graph.Builder builder = graph.toBuilder().nodes(Renaming.apply(graph.nodes(), names));
    names.forEach((duplicate, first) -> {
      builder.removeInitializer(duplicate);
      scope.log().add(List.of(duplicate, first), "");
    });
    return builder.build();
  }

  static Key key(Tensor tensor) {
    MemorySegment data = tensor.data();
    long length = Math.min(HASHED_BYTES, data.byteSize());
    int head = Arrays.hashCode(bytes(data.asSlice(0, length)));
    int tail = Arrays.hashCode(bytes(data.asSlice(data.byteSize() - length, length)));
    return new Key(tensor.dtype(), tensor.shape(), 31 * head + tail);
  }

  private static byte[] bytes(MemorySegment segment) {
    return segment.toArray(ValueLayout.JAVA_BYTE);
  }
}
