package dev.swage.run;

import ai.onnxruntime.OnnxTensor;
import dev.swage.onnx.Graph;
import dev.swage.onnx.Node;
import dev.swage.onnx.OnnxModel;
import dev.swage.onnx.ValueInfo;
import dev.swage.run.SessionOptions.GraphOptimization;
import dev.swage.tensor.DType;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * Copies float32 tensors that ONNX Runtime made to memory of ours, which its Java API cannot: that
 * copies to a new array on the heap each time, and arrays of that size soon fill the old generation
 * with garbage. ONNX Runtime does it itself, by a model that is one Identity. Safe for many
 * threads.
 */
final class OutputCopy implements AutoCloseable {
  private static final String FROM = "from";
  private static final String TO = "to";

  private final ModelSession identity;

  OutputCopy() {
    Graph graph =
        Graph.builder("copy")
            .input(floats(FROM))
            .node(Node.of("copy", "Identity", List.of(FROM), TO))
            .output(floats(TO))
            .build();
    SessionOptions options =
        SessionOptions.defaults().withThreads(1).withOptimization(GraphOptimization.NONE);
    identity =
        ModelSession.open("the copy of outputs", OnnxModel.of(graph), options.withShapesVary(true));
  }

  private static ValueInfo floats(String name) {
    return new ValueInfo(name, Optional.of(DType.FLOAT32), Optional.empty());
  }

  /** Copies all elements to memory bound in the same shape. */
  void copy(OnnxTensor from, OnnxTensor to) {
    identity.run(Map.of(FROM, from), Set.of(), Map.of(TO, to)).close();
  }

  @Override
  public void close() {
    identity.close();
  }
}
