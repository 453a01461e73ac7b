package dev.swage.run.score;

import dev.swage.data.DataSource;
import dev.swage.onnx.Graph;
import dev.swage.onnx.Node;
import dev.swage.onnx.OnnxModel;
import dev.swage.onnx.ValueInfo;
import dev.swage.run.BatchRetry;
import dev.swage.run.ModelFile;
import dev.swage.run.ModelSession;
import dev.swage.run.RunException;
import dev.swage.run.SampleFeed;
import dev.swage.run.SessionOptions;
import dev.swage.run.StateFeed;
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
    try (ModelSession a = exposing(reference, common, options.session());
        ModelSession b = exposing(candidate, common, options.session())) {
      List<Layer> layers =
          BatchRetry.over(a, some, options.batchSize(), feed -> compare(a, b, common, some, feed));
      return layers.stream()
          .filter(layer -> layer.error.compared())
          .map(layer -> layer.result(operators.getOrDefault(layer.name, "")))
          .toList();
    }
  }

  private static List<Layer> compare(
      ModelSession a, ModelSession b, List<String> names, DataSource data, SampleFeed feed) {
    List<Layer> layers = compared(a, b, names);
    StateFeed states = new StateFeed(a, data);
    for (int from = 0; from < data.size(); from += feed.batchSize()) {
      List<Tensor> inputs = states.complete(feed.inputs(feed.batch(from)));
      List<Tensor> expected = a.run(inputs);
      List<Tensor> found = b.run(inputs);
      layers.forEach(layer -> layer.add(a, expected, found));
    }
    return layers;
  }

  /** A value that both sessions give as a float32 tensor, at these places among their outputs. */
  private record Layer(String name, int first, int second, SignalToNoise error) {
    void add(ModelSession session, List<Tensor> a, List<Tensor> b) {
      Tensor x = a.get(first);
      Tensor y = b.get(second);
      if (!x.shape().equals(y.shape())) {
        throw new RunException(
            "%s: value %s has shape %s here and %s in the other model"
                .formatted(session.name(), name, x.shape(), y.shape()));
      }
      error.add(x, y);
    }

    LayerError result(String operator) {
      return new LayerError(name, operator, error.decibels(), error.maxAbsDiff());
    }
  }

  private static List<Layer> compared(ModelSession a, ModelSession b, List<String> names) {
    Map<String, Integer> first = floats(a);
    Map<String, Integer> second = floats(b);
    List<Layer> layers = new ArrayList<>();
    for (String name : names) {
      Integer i = first.get(name);
      Integer j = second.get(name);
      if (i != null && j != null) {
        layers.add(new Layer(name, i, j, new SignalToNoise()));
      }
    }
    return layers;
  }

  private static Map<String, Integer> floats(ModelSession session) {
    Map<String, Integer> floats = new HashMap<>();
    for (ValueInfo value : session.described()) {
      if (value.dtype().filter(type -> type == DType.FLOAT32).isPresent()) {
        floats.put(value.name(), session.outputs().indexOf(value));
      }
    }
    return floats;
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
