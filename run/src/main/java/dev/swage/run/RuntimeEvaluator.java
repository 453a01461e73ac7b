package dev.swage.run;

import dev.swage.graph.GraphEvaluator;
import dev.swage.onnx.FreshNames;
import dev.swage.onnx.Graph;
import dev.swage.onnx.Node;
import dev.swage.onnx.OnnxModel;
import dev.swage.onnx.OnnxWriter;
import dev.swage.onnx.ValueInfo;
import dev.swage.onnx.ValueInfo.Dim;
import dev.swage.run.SessionOptions.GraphOptimization;
import dev.swage.tensor.Tensor;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * Computes constants in ONNX Runtime, and asks it for types and shapes: for that it loads a model,
 * and does not run it. A model that it cannot load or run is refused. Has no state; may be used by
 * several threads at once.
 */
public final class RuntimeEvaluator implements GraphEvaluator {
  private static final SessionOptions AS_WRITTEN =
      SessionOptions.defaults().withOptimization(GraphOptimization.NONE).withThreads(1);

  public RuntimeEvaluator() {}

  @Override
  public Optional<List<Tensor>> compute(OnnxModel model) {
    try (ModelSession session = open(model)) {
      return session.isPlain() ? Optional.of(session.run(List.of())) : Optional.empty();
    } catch (RunException e) {
      return Optional.empty();
    }
  }

  @Override
  public Optional<List<ValueInfo>> infer(OnnxModel model) {
    try {
      return Optional.of(withScalars(outputs(model), model));
    } catch (RunException e) {
      return Optional.empty();
    }
  }

  private static List<ValueInfo> outputs(OnnxModel model) {
    try (ModelSession session = open(model)) {
      return session.described();
    }
  }

  private static ModelSession open(OnnxModel model) {
    return ModelSession.open(model.graph().name(), OnnxWriter.toBytes(model), AS_WRITTEN);
  }

  /**
   * ONNX Runtime's Java API describes scalars and tensors of unknown rank alike, by no dimensions.
   * The output of a Shape node tells them apart: it has 0 elements, or nobody knows how many.
   */
  private static List<ValueInfo> withScalars(List<ValueInfo> values, OnnxModel model) {
    Graph.Builder asking = model.graph().toBuilder().outputs(List.of());
    Map<String, String> shapes = new HashMap<>();
    FreshNames names = FreshNames.of(model.graph());
    for (ValueInfo value : values) {
      if (value.dtype().isPresent() && value.dims().filter(List::isEmpty).isPresent()) {
        String shape = names.next(value.name() + "_shape");
        shapes.put(shape, value.name());
        asking.node(Node.of("", "Shape", List.of(value.name()), shape));
        asking.output(new ValueInfo(shape, Optional.empty(), Optional.empty()));
      }
    }
    if (shapes.isEmpty()) {
      return values;
    }
    Set<String> asked = new HashSet<>(shapes.values());
    Set<String> scalars = new HashSet<>();
    for (ValueInfo shape : outputs(model.withGraph(asking.build()))) {
      if (shape.dims().equals(Optional.of(List.of(new Dim.Fixed(0))))) {
        scalars.add(String.valueOf(shapes.get(shape.name())));
      }
    }
    return values.stream()
        .map(value ->
            !asked.contains(value.name()) || scalars.contains(value.name())
                ? value
                : new ValueInfo(value.name(), value.dtype(), Optional.empty()))
        .toList();
  }
}
