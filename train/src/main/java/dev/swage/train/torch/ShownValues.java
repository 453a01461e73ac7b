package dev.swage.train.torch;

import dev.swage.onnx.Graph;
import dev.swage.onnx.ValueInfo;
import dev.swage.tensor.DType;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Values inside a graph as outputs of it, so that no node takes the place of what gives them. */
final class ShownValues {
  private ShownValues() {}

  static Graph of(Graph graph, List<String> values) {
    List<ValueInfo> outputs = new ArrayList<>(graph.outputs());
    for (String value : values) {
      boolean known =
          outputs.stream().anyMatch(output -> output.name().equals(value))
              || graph.feeds().stream().anyMatch(feed -> feed.name().equals(value));
      if (!known) {
        outputs.add(new ValueInfo(value, Optional.of(DType.FLOAT32), Optional.empty()));
      }
    }
    return outputs.size() == graph.outputs().size()
        ? graph
        : graph.toBuilder().outputs(outputs).build();
  }
}
