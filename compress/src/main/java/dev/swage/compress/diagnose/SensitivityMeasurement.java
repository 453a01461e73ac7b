package dev.swage.compress.diagnose;

import dev.swage.onnx.OnnxModel;
import dev.swage.run.ModelSession;
import dev.swage.run.SessionOptions;
import dev.swage.run.score.OutputFidelity;
import dev.swage.run.score.ReferenceOutputs;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * What a model's outputs lose by each quantized node for itself: the float model is run with this
 * node alone as it is in the quantized model, codes of operands and result included. Cost of each:
 * loading the model and one run of the samples.
 */
public final class SensitivityMeasurement {
  private final String name;
  private final ComparisonGraph graphs;
  private final Map<String, List<ComparedPart>> nodes = new LinkedHashMap<>();
  private final ReferenceOutputs outputs;

  /**
   * Finds the nodes that differ.
   *
   * @param name what to call the model in errors
   * @param reference the float model, as prepared for quantization
   * @param quantized made of it: names of values and operator set are the same
   * @param outputs the float model's, on the samples to measure with
   */
  public SensitivityMeasurement(
      String name, OnnxModel reference, OnnxModel quantized, ReferenceOutputs outputs) {
    this.name = name;
    this.graphs = new ComparisonGraph(reference, quantized);
    this.outputs = outputs;
    ComparedParts.byNode(graphs.parts())
        .forEach((node, parts) -> {
          List<ComparedPart> changed = parts.stream().filter(part -> !part.same()).toList();
          if (!changed.isEmpty()) {
            nodes.put(node, changed);
          }
        });
  }

  /** The nodes that compute something else than in the float model, in its order. */
  public List<String> nodes() {
    return List.copyOf(nodes.keySet());
  }

  /**
   * How near the outputs stay when only these nodes are quantized.
   *
   * @param names some of {@link #nodes}
   * @throws dev.swage.run.RunException if the model cannot be run
   */
  public OutputFidelity of(Collection<String> names) {
    List<ComparedPart> parts = new ArrayList<>();
    for (String node : names) {
      List<ComparedPart> own = nodes.get(node);
      if (own == null) {
        throw new IllegalArgumentException(
            "%s: '%s' is no quantized node of the main graph".formatted(name, node));
      }
      parts.addAll(own);
    }
    String what = "%s with only '%s' quantized".formatted(name, String.join("', '", names));
    try (ModelSession model =
        ModelSession.open(what, graphs.instead(parts), SessionOptions.defaults())) {
      return outputs.fidelity(model);
    }
  }

  /** As {@link #of(Collection)}, of one node. */
  public OutputFidelity of(String node) {
    return of(List.of(node));
  }
}
