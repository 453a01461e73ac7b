package dev.swage.train.torch;

import dev.swage.onnx.CarriedStates;
import dev.swage.onnx.OnnxModel;
import dev.swage.onnx.ValueInfo;
import dev.swage.onnx.ValueInfo.Dim;
import dev.swage.tensor.DType;
import dev.swage.tensor.HeapMemory;
import dev.swage.tensor.Shape;
import dev.swage.tensor.Tensor;
import dev.swage.train.torch.lib.TensorBridge;
import dev.swage.train.torch.program.Frame;
import dev.swage.train.torch.program.Program;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * The states a recurrent model carries from one batch to the next. They are values, cut off from
 * the computation that gave them: back-propagation ends at the begin of a batch.
 */
final class States {
  private final Map<String, String> pairs;
  private final Map<String, Integer> slots;
  private final Map<String, Long> widths = new LinkedHashMap<>();
  private Map<String, Tensor> values = Map.of();
  private Map<String, Tensor> before = Map.of();

  States(OnnxModel model, Program program) {
    this.pairs = CarriedStates.of(model).outputs();
    this.slots = program.slots();
    for (ValueInfo input : model.graph().inputs()) {
      if (pairs.containsKey(input.name())) {
        widths.put(input.name(), width(input));
      }
    }
  }

  private static long width(ValueInfo state) {
    List<Dim> dims = state.dims().orElse(List.of());
    if (dims.size() == 3 && dims.getLast() instanceof Dim.Fixed(long width)) {
      return width;
    }
    throw new dev.swage.onnx.OnnxException(
        "state '%s' is %s, expected [1, batch, width]".formatted(state.name(), dims));
  }

  boolean has(String input) {
    return pairs.containsKey(input);
  }

  /** Whether a value is what a state goes on with. */
  boolean keeps(int slot) {
    return pairs.values().stream().anyMatch(output -> slot(output) == slot);
  }

  Map<String, Tensor> values() {
    return values;
  }

  void set(Map<String, Tensor> newValues) {
    for (String name : newValues.keySet()) {
      if (!has(name)) {
        throw new IllegalArgumentException(
            "the model carries no state '%s'; it carries %s".formatted(name, pairs.keySet()));
      }
    }
    values = Map.copyOf(newValues);
  }

  void mark() {
    before = values;
  }

  void rollBack() {
    values = before;
  }

  private static Tensor zeros(long batch, long width) {
    Shape shape = Shape.of(1, batch, width);
    return Tensor.of(
        DType.FLOAT32, shape, HeapMemory.allocate(DType.FLOAT32.bytes(shape.elements())));
  }

  /** The slots that states are kept from. */
  Set<Integer> keptSlots() {
    return pairs.values().stream().map(this::slot).collect(Collectors.toSet());
  }

  /** Gives a run its states, zeros where there are none yet. */
  void feed(Frame frame, long batch) {
    widths.forEach((name, width) -> {
      Tensor value = values.get(name);
      Tensor state = value == null ? zeros(batch, width) : value;
      frame.feed(slot(name), state, TensorBridge.upload(state));
    });
  }

  /** Keeps what a run ended with. */
  void keep(Frame frame) {
    if (pairs.isEmpty()) {
      return;
    }
    Map<String, Tensor> kept = new LinkedHashMap<>();
    pairs.forEach((input, output) ->
        kept.put(input, TensorBridge.download(frame.torch(slot(output)).detach())));
    values = kept;
  }

  private int slot(String name) {
    return Objects.requireNonNull(slots.get(name), name);
  }
}
