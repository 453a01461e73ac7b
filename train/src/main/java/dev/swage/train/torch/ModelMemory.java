package dev.swage.train.torch;

import dev.swage.onnx.OnnxModel;
import dev.swage.tensor.Shape;
import dev.swage.train.torch.lib.TensorBridge;
import dev.swage.train.torch.program.Persistents;
import dev.swage.train.torch.program.Program;
import dev.swage.train.torch.program.Value;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Tensor;
import org.jspecify.annotations.Nullable;

/** The tensors of a model that outlive a run: weights, running statistics, constants. */
final class ModelMemory implements AutoCloseable {
  private final @Nullable Value[] slots;
  private final List<Owned> trained = new ArrayList<>();
  private final List<Owned> statistics = new ArrayList<>();
  private final Persistents persistents;
  private final Arena arena = Arena.ofConfined();
  private final List<MemorySegment> statisticsBefore = new ArrayList<>();

  /** A named tensor and its memory. */
  record Owned(String name, Shape shape, Tensor tensor, MemorySegment data) {}

  /**
   * @param persistents what the program holds already; closed with this, and if this fails
   */
  ModelMemory(OnnxModel model, Variables variables, Program program, Persistents persistents) {
    this.slots = new Value[program.slots().size()];
    this.persistents = persistents;
    try {
      program
          .constants()
          .forEach((name, value) -> slots[program.slot(name)] = persistents.constant(value));
      variables.trained().forEach(name -> trained.add(own(model, program, name)));
      trained.forEach(owned -> owned.tensor().set_requires_grad(true));
      variables.others().forEach(name -> statistics.add(own(model, program, name)));
      statistics.forEach(owned -> statisticsBefore.add(arena.allocate(owned.data().byteSize())));
    } catch (RuntimeException | Error e) {
      close();
      throw e;
    }
  }

  private Owned own(OnnxModel model, Program program, String name) {
    dev.swage.tensor.Tensor value =
        java.util.Objects.requireNonNull(model.graph().initializers().get(name), name);
    Tensor tensor = persistents.upload(value);
    slots[program.slot(name)] = Value.of(tensor);
    return new Owned(name, value.shape(), tensor, TensorBridge.memory(tensor, value.byteSize()));
  }

  /** The values by slot; null where a run computes the value. */
  @Nullable Value[] slots() {
    return slots;
  }

  List<Owned> trained() {
    return trained;
  }

  /** Everything that training changes, by initializer name. */
  Map<String, MemorySegment> changing() {
    Map<String, MemorySegment> changing = new LinkedHashMap<>();
    trained.forEach(owned -> changing.put(owned.name(), owned.data()));
    statistics.forEach(owned -> changing.put(owned.name(), owned.data()));
    return changing;
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
    persistents.close();
    arena.close();
  }
}
