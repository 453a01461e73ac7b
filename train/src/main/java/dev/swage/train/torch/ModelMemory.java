package dev.swage.train.torch;

import dev.swage.onnx.Node;
import dev.swage.onnx.OnnxModel;
import dev.swage.onnx.op.InputRole;
import dev.swage.onnx.op.OperatorFacts;
import dev.swage.tensor.Shape;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Tensor;
import org.jspecify.annotations.Nullable;

/** The tensors of a model that outlive a run: weights, running statistics, constants. */
final class ModelMemory implements AutoCloseable {
  /** Counted here, since JavaCPP counts nothing where its garbage collection is off. */
  private static final AtomicLong LIVE = new AtomicLong();

  private final @Nullable Tensor[] slots;
  private final List<Owned> trained = new ArrayList<>();
  private final List<Owned> statistics = new ArrayList<>();
  private final Arena arena = Arena.ofConfined();
  private final List<MemorySegment> statisticsBefore = new ArrayList<>();

  /** A named tensor and its memory. */
  record Owned(String name, Shape shape, Tensor tensor, MemorySegment data) {}

  ModelMemory(OnnxModel model, GraphCompiler.Compiled graph) {
    slots = new Tensor[graph.slots().size()];
    Map<String, Owned> all = new LinkedHashMap<>();
    try {
      fill(model, graph, all);
    } catch (RuntimeException | Error e) {
      all.values().forEach(owned -> release(owned.tensor()));
      arena.close();
      throw e;
    }
  }

  private void fill(OnnxModel model, GraphCompiler.Compiled graph, Map<String, Owned> all) {
    Map<String, dev.swage.tensor.Tensor> values = new LinkedHashMap<>(graph.constants());
    graph.trained().forEach(name -> values.put(name, initializer(model, name)));
    try (PointerScope _ = new PointerScope()) {
      values.forEach((name, value) -> all.put(name, upload(name, value)));
    }
    all.forEach((name, owned) -> slots[slot(graph, name)] = owned.tensor());
    for (String name : graph.trained()) {
      Owned owned = find(all, name);
      owned.tensor().set_requires_grad(true);
      trained.add(owned);
    }
    for (Node node : model.graph().nodes()) {
      OperatorFacts facts = OperatorFacts.of(node);
      for (int i = 0; i < node.inputs().size(); i++) {
        if (facts.role(node, i) instanceof InputRole.Statistic) {
          addStatistic(all.get(node.input(i)));
        }
      }
    }
  }

  private static dev.swage.tensor.Tensor initializer(OnnxModel model, String name) {
    return java.util.Objects.requireNonNull(model.graph().initializers().get(name), name);
  }

  private static int slot(GraphCompiler.Compiled graph, String name) {
    return java.util.Objects.requireNonNull(graph.slots().get(name), name);
  }

  private static Owned find(Map<String, Owned> all, String name) {
    return java.util.Objects.requireNonNull(all.get(name), name);
  }

  private static Owned upload(String name, dev.swage.tensor.Tensor value) {
    Tensor tensor = TensorBridge.upload(value);
    MemorySegment data = TensorBridge.memory(tensor, value.byteSize());
    Owned owned = new Owned(name, value.shape(), tensor.retainReference(), data);
    LIVE.incrementAndGet(); // it outlives the scope
    return owned;
  }

  private static void release(Tensor tensor) {
    tensor.releaseReference();
    LIVE.decrementAndGet();
  }

  /** How many tensors all models of this process hold that are not closed. */
  static long live() {
    return LIVE.get();
  }

  /** Statistics that are given from outside, not by an initializer, are not the model's to keep. */
  private void addStatistic(@Nullable Owned statistic) {
    if (statistic != null && !statistics.contains(statistic)) {
      statistics.add(statistic);
      statisticsBefore.add(arena.allocate(statistic.data().byteSize()));
    }
  }

  /** The tensors by slot; null where a run computes the value. */
  @Nullable Tensor[] slots() {
    return slots;
  }

  List<Owned> trained() {
    return trained;
  }

  /** Remembers the running statistics, for {@link #rollBack}. */
  void mark() {
    for (int i = 0; i < statistics.size(); i++) {
      statisticsBefore.get(i).copyFrom(statistics.get(i).data());
    }
  }

  /** Gives the running statistics the values they had at {@link #mark}. */
  void rollBack() {
    for (int i = 0; i < statistics.size(); i++) {
      statistics.get(i).data().copyFrom(statisticsBefore.get(i));
    }
  }

  /** Host copies of everything training changes, by initializer name. */
  Map<String, dev.swage.tensor.Tensor> copy() {
    Map<String, dev.swage.tensor.Tensor> copies = new LinkedHashMap<>();
    try (PointerScope _ = new PointerScope()) {
      trained.forEach(owned -> copies.put(owned.name(), TensorBridge.download(owned.tensor())));
      statistics.forEach(owned -> copies.put(owned.name(), TensorBridge.download(owned.tensor())));
    }
    return copies;
  }

  @Override
  public void close() {
    for (Tensor tensor : slots) {
      if (tensor != null) {
        release(tensor);
      }
    }
    arena.close();
  }
}
