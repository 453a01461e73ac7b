package dev.swage.train.head;

import dev.swage.data.Suggestion;
import dev.swage.graph.Preparation;
import dev.swage.onnx.Graph;
import dev.swage.onnx.OnnxException;
import dev.swage.onnx.OnnxModel;
import dev.swage.onnx.ValueInfo;
import java.util.ArrayList;
import java.util.List;

/** Which outputs a model has. */
public final class ModelOutputs {
  private ModelOutputs() {}

  /**
   * The model with these outputs only, in this order; a loss reads the first. What only others need
   * goes.
   *
   * @throws OnnxException if it has no such output
   */
  public static OnnxModel keep(OnnxModel model, List<String> names) {
    Graph graph = model.graph();
    List<String> known = graph.outputs().stream().map(ValueInfo::name).toList();
    List<ValueInfo> kept = new ArrayList<>();
    for (String name : names) {
      if (!known.contains(name)) {
        throw new OnnxException(
            "the model has no output '%s'; %s".formatted(name, Suggestion.forWord(name, known)));
      }
      kept.add(graph.outputs().get(known.indexOf(name)));
    }
    return Preparation.swept(model.withGraph(graph.toBuilder().outputs(kept).build()));
  }
}
