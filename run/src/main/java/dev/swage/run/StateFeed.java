package dev.swage.run;

import dev.swage.data.DataSource;
import dev.swage.onnx.ValueInfo;
import dev.swage.onnx.ValueInfo.Dim;
import dev.swage.run.limit.RunLimits;
import dev.swage.tensor.DType;
import dev.swage.tensor.HeapMemory;
import dev.swage.tensor.Shape;
import dev.swage.tensor.Tensor;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Feeds one session the states it carries: zeros at first; then, when the data are streams, what
 * the batch before ended with.
 */
public final class StateFeed {
  /** Key of the batch size; no dimension has this name. */
  private static final String BATCH = " batch";

  private final ModelSession session;
  private final boolean carries;
  private final Map<String, Tensor> states = new HashMap<>();

  public StateFeed(ModelSession session, DataSource data) {
    this.session = session;
    this.carries = data.streams().isPresent();
  }

  /** Runs the session on a batch's data inputs, in the model's order. */
  public List<Tensor> run(List<Tensor> data) {
    List<Tensor> outputs = session.run(complete(data));
    if (carries) {
      for (int i = 0; i < outputs.size(); i++) {
        states.put(session.outputs().get(i).name(), outputs.get(i));
      }
    }
    return outputs;
  }

  /** Outputs whose values the next run needs: none when every sample stands alone. */
  Collection<String> carried() {
    return carries ? session.states().outputs().values() : List.of();
  }

  /** Takes the value of one of the {@link #carried} outputs for the next run; it is copied. */
  void keep(String output, Tensor value) {
    states.put(output, Tensor.ofFloats(value.shape(), value.toFloats()));
  }

  /** The data inputs with the states among them. */
  public List<Tensor> complete(List<Tensor> data) {
    if (session.states().isEmpty() || data.size() == session.inputs().size()) {
      return data;
    }
    Map<String, Long> sizes = sizes(data);
    List<Tensor> all = new ArrayList<>();
    int next = 0;
    for (ValueInfo input : session.inputs()) {
      String output = session.states().outputs().get(input.name());
      if (output == null) {
        all.add(data.get(next++));
      } else {
        Tensor state = states.get(output);
        all.add(state == null ? zeros(input, sizes) : state);
      }
    }
    return all;
  }

  /** Sizes of named dimensions, as the data have them; of a name of several axes the first. */
  private Map<String, Long> sizes(List<Tensor> data) {
    Map<String, Long> sizes = new HashMap<>();
    int next = 0;
    for (ValueInfo input : session.inputs()) {
      if (session.states().isState(input.name())) {
        continue;
      }
      Shape shape = data.get(next++).shape();
      List<Dim> dims = input.dims().orElse(List.of());
      for (int i = 0; i < dims.size() && i < shape.rank(); i++) {
        if (dims.get(i) instanceof Dim.Symbolic(String name)) {
          sizes.putIfAbsent(name, shape.dim(i));
        }
      }
      if (shape.rank() > 0) {
        sizes.putIfAbsent(BATCH, shape.dim(0));
      }
    }
    return sizes;
  }

  /** An open dimension that no input has is the batch. */
  private static Tensor zeros(ValueInfo state, Map<String, Long> sizes) {
    long batch = sizes.getOrDefault(BATCH, 1L);
    List<Dim> dims = state.dims().orElse(List.of());
    long[] shape = new long[dims.size()];
    for (int i = 0; i < shape.length; i++) {
      shape[i] =
          switch (dims.get(i)) {
            case Dim.Fixed(long size) -> size;
            case Dim.Symbolic(String name) when name.isEmpty() -> batch;
            case Dim.Symbolic(String name) -> sizes.getOrDefault(name, batch);
          };
    }
    Shape all =
        Shape.ifValid(shape)
            .filter(known -> known.elements() <= RunLimits.current().inputBytes())
            .orElseThrow(() ->
                RunException.limited(
                    "the state '%s' of shape %s is larger than an input may be"
                        .formatted(state.name(), Arrays.toString(shape))));
    DType dtype = state.dtype().orElse(DType.FLOAT32);
    return Tensor.of(dtype, all, HeapMemory.allocate(dtype.bytes(all.elements())));
  }
}
