package dev.swage.train.quantize;

import dev.swage.onnx.Graph;
import dev.swage.onnx.Node;
import dev.swage.tensor.HeapMemory;
import java.lang.foreign.MemorySegment;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Trained scales and zero points that an optimizer's momentum would move on: put back after it. */
final class HeldScales {
  private final List<Held> held;

  private record Held(MemorySegment data, MemorySegment value) {}

  private HeldScales(List<Held> held) {
    this.held = held;
  }

  /**
   * As they are now.
   *
   * @param memory of what changes while training, by name
   * @param trained names of what is trained
   */
  static HeldScales of(Graph graph, Map<String, MemorySegment> memory, Set<String> trained) {
    Set<String> names = new LinkedHashSet<>();
    for (Node node : graph.nodes()) {
      if (FakeQuantize.is(node)) {
        node.inputs().stream().skip(1).filter(trained::contains).forEach(names::add);
      }
    }
    return new HeldScales(
        names.stream()
            .map(name -> QuantizedWeight.memory(graph, memory, name))
            .map(data -> new Held(data, HeapMemory.allocate(data.byteSize()).copyFrom(data)))
            .toList());
  }

  void putBack() {
    held.forEach(scale -> scale.data().copyFrom(scale.value()));
  }
}
