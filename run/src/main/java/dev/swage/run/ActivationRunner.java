package dev.swage.run;

import ai.onnxruntime.OnnxJavaType;
import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtSession;
import dev.swage.onnx.ValueInfo;
import dev.swage.tensor.DType;
import dev.swage.tensor.Shape;
import dev.swage.tensor.Tensor;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Runs an {@link ActivationSession} for one thread. Once inputs come in the same shapes as in the
 * run before, ONNX Runtime writes the values into buffers that are used again and again; when
 * shapes differ, values are copied one at a time to one buffer. Memory: the exposed values of one
 * run.
 */
public final class ActivationRunner implements AutoCloseable {
  private static final int ALIGNMENT = 64;

  /** The name of the buffer for copies; no value has it. */
  private static final String COPY = "";

  private final ModelSession session;
  private final OutputCopy copier;
  private final StateFeed states;
  private final List<String> fed;
  private final boolean shapesStay;
  private final Set<String> computed = new LinkedHashSet<>();
  private final Map<String, Buffer> buffers = new HashMap<>();
  private List<Shape> lastInputs = List.of();
  private Map<String, Shape> lastShapes = Map.of();
  private boolean shapesFollowInputs = true;
  private final Set<String> values;

  /**
   * Made by {@link ActivationSession#runner}.
   *
   * @param shapesStay whether inputs come in the same shapes in all runs, as far as is known
   */
  ActivationRunner(
      ModelSession session,
      OutputCopy copier,
      List<String> values,
      StateFeed states,
      boolean shapesStay) {
    this.session = session;
    this.shapesStay = shapesStay;
    this.copier = copier;
    this.states = states;
    this.fed = session.inputs().stream().map(input -> input.name()).toList();
    Set<String> floats = new HashSet<>();
    for (ValueInfo output : session.described()) {
      if (output.dtype().filter(type -> type == DType.FLOAT32).isPresent()) {
        floats.add(output.name());
      }
    }
    for (String value : values) {
      if (!fed.contains(value) && floats.contains(value)) {
        computed.add(value);
      }
    }
    computed.addAll(states.carried());
    this.values = Set.copyOf(values);
  }

  /** Takes a value that a run gave; its memory is used again after the call. */
  @FunctionalInterface
  public interface Visitor {
    void visit(String name, Tensor value);
  }

  /**
   * Runs the model once and visits every exposed float32 value, in an order that depends on the
   * model only.
   *
   * @param data the data's inputs, as from {@link SampleFeed#inputs}
   * @throws RunException if inputs are not what the model wants, or the run fails
   */
  public void run(List<Tensor> data, Visitor visitor) {
    List<Tensor> inputs = states.complete(data);
    List<Shape> shapes = inputs.stream().map(Tensor::shape).toList();
    try (BoundInputs bound = session.bind(inputs)) {
      if (!computed.isEmpty()) {
        boolean known = shapesFollowInputs && shapes.equals(lastInputs);
        Visitor keeping = keepingStates(visitor);
        if (!known || !runPinned(bound, keeping)) {
          runCopying(bound, keeping);
        }
        lastInputs = shapes;
      }
    }
    for (int i = 0; i < fed.size(); i++) {
      if (values.contains(fed.get(i)) && inputs.get(i).dtype() == DType.FLOAT32) {
        visitor.visit(fed.get(i), inputs.get(i));
      }
    }
  }

  private Visitor keepingStates(Visitor visitor) {
    return (name, value) -> {
      if (states.carried().contains(name)) {
        states.keep(name, value);
      }
      if (values.contains(name)) {
        visitor.visit(name, value);
      }
    };
  }

  private void runCopying(BoundInputs bound, Visitor visitor) {
    Map<String, Shape> found = new LinkedHashMap<>();
    // In other shapes each time nothing is given back: memory would be cut into ever smaller parts.
    try (OrtSession.Result result =
        shapesStay && lastInputs.isEmpty()
            ? session.runOnce(bound.tensors(), computed)
            : session.run(bound.tensors(), computed, Map.of())) {
      for (String value : computed) {
        if (result.get(value).orElseThrow() instanceof OnnxTensor tensor
            && tensor.getInfo().type == OnnxJavaType.FLOAT) {
          Shape shape = Shape.of(tensor.getInfo().getShape());
          found.put(value, shape);
          visitor.visit(value, copy(tensor, shape));
        }
      }
    }
    lastShapes = found;
  }

  private Tensor copy(OnnxTensor tensor, Shape shape) {
    MemorySegment memory = memory(COPY, DType.FLOAT32.bytes(shape.elements()));
    if (shape.elements() > 0) {
      try (OnnxTensor target = bind(memory, shape)) {
        copier.copy(tensor, target);
      }
    }
    return Tensor.of(DType.FLOAT32, shape, memory);
  }

  /** False, with nothing visited, when shapes turn out to depend on more than those of inputs. */
  private boolean runPinned(BoundInputs bound, Visitor visitor) {
    Map<String, OnnxTensor> pinned = new LinkedHashMap<>();
    Map<String, Tensor> views = new LinkedHashMap<>();
    try {
      for (Map.Entry<String, Shape> value : lastShapes.entrySet()) {
        Shape shape = value.getValue();
        if (shape.elements() > 0) {
          MemorySegment memory = memory(value.getKey(), DType.FLOAT32.bytes(shape.elements()));
          views.put(value.getKey(), Tensor.of(DType.FLOAT32, shape, memory));
          pinned.put(value.getKey(), bind(memory, shape));
        }
      }
      if (pinned.isEmpty()) {
        return false;
      }
      session.run(bound.tensors(), Set.of(), pinned).close();
    } catch (RunException e) {
      if (e.isLimited()) {
        throw e;
      }
      shapesFollowInputs = false;
      return false;
    } finally {
      pinned.values().forEach(OnnxTensor::close);
    }
    views.forEach(visitor::visit);
    return true;
  }

  /** The value's buffer, made larger if need be. */
  private MemorySegment memory(String value, long bytes) {
    Buffer buffer = buffers.get(value);
    if (buffer == null || buffer.memory.byteSize() < bytes) {
      if (buffer != null) {
        buffer.close();
      }
      buffer = new Buffer(bytes);
      buffers.put(value, buffer);
    }
    return buffer.memory.asSlice(0, bytes);
  }

  private OnnxTensor bind(MemorySegment memory, Shape shape) {
    try {
      return OrtTypes.tensor(session.environment(), memory, shape, OnnxJavaType.FLOAT);
    } catch (OrtException e) {
      throw new RunException(
          "%s: no buffer of shape %s for its outputs: %s"
              .formatted(session.name(), shape, e.getMessage()),
          e);
    }
  }

  /** Whether the next run in the shapes of the last will write into buffers used before. */
  boolean reusesBuffers() {
    return shapesFollowInputs && !buffers.isEmpty();
  }

  @Override
  public void close() {
    buffers.values().forEach(Buffer::close);
    buffers.clear();
  }

  /** Native memory for one value. */
  private static final class Buffer implements AutoCloseable {
    private final Arena arena = Arena.ofShared();
    private final MemorySegment memory;

    Buffer(long bytes) {
      memory = arena.allocate(bytes, ALIGNMENT);
    }

    @Override
    public void close() {
      arena.close();
    }
  }
}
