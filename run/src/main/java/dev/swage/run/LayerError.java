package dev.swage.run;

import dev.swage.data.DataSource;
import dev.swage.onnx.Graph;
import dev.swage.onnx.Node;
import dev.swage.onnx.OnnxModel;
import dev.swage.onnx.ValueInfo;
import dev.swage.tensor.DType;
import dev.swage.tensor.Tensor;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * How far one intermediate value of a model lies from the same value of a reference model, with the
 * errors of all layers before it.
 *
 * @param value the value's name in both graphs
 * @param operator the operator that computes it in the reference
 * @param sqnrDb {@code 10 log10(Σx² / Σ(x − y)²)}; +∞ when equal
 * @param maxAbsDiff largest |x − y|
 */
public record LayerError(String value, String operator, double sqnrDb, double maxAbsDiff) {

  /** Compares the float values both graphs name alike, on the first {@code samples} samples. */
  static List<LayerError> between(
      ModelFile reference, ModelFile candidate, DataSource data, ComparisonOptions options) {
    Map<String, String> operators = operators(reference.model().graph());
    List<String> common = common(reference.model().graph(), candidate.model().graph());
    if (options.layerSamples() == 0 || common.isEmpty()) {
      return List.of();
    }
    DataSource some = data.limit(options.layerSamples());
    List<SignalToNoise> errors = common.stream().map(name -> new SignalToNoise()).toList();
    try (ModelSession a = exposing(reference, common, options.session());
        ModelSession b = exposing(candidate, common, options.session())) {
      SampleFeed feed = new SampleFeed(a, some, options.batchSize());
      StateFeed states = new StateFeed(a, some);
      for (int from = 0; from < some.size(); from += feed.batchSize()) {
        List<Tensor> inputs = states.complete(feed.inputs(feed.batch(from)));
        add(a, a.run(inputs), b.run(inputs), errors);
      }
    }
    List<LayerError> layers = new ArrayList<>();
    for (int i = 0; i < common.size(); i++) {
      SignalToNoise error = errors.get(i);
      if (error.compared()) {
        String name = common.get(i);
        layers.add(
            new LayerError(
                name, operators.getOrDefault(name, ""), error.decibels(), error.maxAbsDiff()));
      }
    }
    return List.copyOf(layers);
  }

  private static void add(
      ModelSession session, List<Tensor> a, List<Tensor> b, List<SignalToNoise> errors) {
    int first = a.size() - errors.size();
    for (int i = 0; i < errors.size(); i++) {
      Tensor x = a.get(first + i);
      Tensor y = b.get(b.size() - errors.size() + i);
      if (x.dtype() == DType.FLOAT32 && y.dtype() == DType.FLOAT32) {
        if (!x.shape().equals(y.shape())) {
          throw new RunException(
              "%s: value %s has shape %s here and %s in the other model"
                  .formatted(
                      session.name(),
                      session.outputs().get(first + i).name(),
                      x.shape(),
                      y.shape()));
        }
        errors.get(i).add(x, y);
      }
    }
  }

  private static Map<String, String> operators(Graph graph) {
    Map<String, String> operators = new HashMap<>();
    for (Node node : graph.nodes()) {
      node.outputs().forEach(output -> operators.put(output, node.opType()));
    }
    return operators;
  }

  /** Values that nodes of both graphs compute from the inputs, in the reference's order. */
  private static List<String> common(Graph reference, Graph candidate) {
    Set<String> other = new HashSet<>(computed(candidate));
    Set<String> outputs = new HashSet<>();
    reference.outputs().forEach(value -> outputs.add(value.name()));
    candidate.outputs().forEach(value -> outputs.add(value.name()));
    return computed(reference).stream()
        .filter(name -> other.contains(name) && !outputs.contains(name))
        .toList();
  }

  private static List<String> computed(Graph graph) {
    Set<String> fromInputs = new HashSet<>();
    graph.feeds().forEach(feed -> fromInputs.add(feed.name()));
    List<String> values = new ArrayList<>();
    for (Node node : graph.nodes()) {
      if (node.inputs().stream().anyMatch(fromInputs::contains)) {
        node.outputs().stream().filter(name -> !name.isEmpty()).forEach(values::add);
        fromInputs.addAll(node.outputs());
        fromInputs.remove("");
      }
    }
    return values;
  }

  private static ModelSession exposing(
      ModelFile file, List<String> values, SessionOptions options) {
    OnnxModel model = file.model();
    Graph.Builder builder = model.graph().toBuilder();
    for (String value : values) {
      builder.output(new ValueInfo(value, Optional.empty(), Optional.empty()));
    }
    return ModelSession.open(file.path().toString(), model.withGraph(builder.build()), options);
  }
}
