package dev.swage.train.quantize;

import dev.swage.onnx.FreshNames;
import dev.swage.onnx.Graph;
import dev.swage.onnx.Node;
import dev.swage.onnx.OnnxModel;
import dev.swage.quant.QuantParams;
import dev.swage.quant.ScaleZeroPoint;
import dev.swage.tensor.Shape;
import dev.swage.tensor.Tensor;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;

/**
 * A model with a {@link FakeQuantize} node for each quantizer: what is trained in place of the
 * model. Weights keep their names; scales and zero points are initializers beside them.
 *
 * @param model to be trained
 * @param quantizers in it, with what they began from
 */
public record QuantizedGraph(OnnxModel model, List<TrainedQuantizer> quantizers) {
  private static final String SCALE = ".scale";
  private static final String ZERO_POINT = ".zero_point";
  private static final String RANGE = ".range";

  public QuantizedGraph {
    quantizers = List.copyOf(quantizers);
  }

  /**
   * Puts quantizers into a model.
   *
   * @param scalesGradient whether the gradient of a trained scale is divided by {@code √(N·qmax)},
   *     as LSQ has it
   * @throws IllegalArgumentException if the model has no such weight or value
   */
  public static QuantizedGraph of(
      OnnxModel model, List<TrainedQuantizer> quantizers, boolean scalesGradient) {
    return new QuantizedGraph(new Insertion(model, scalesGradient).insert(quantizers), quantizers);
  }

  /** Whether a parameter of a quantizer is its zero point, not its scale. */
  public static boolean isZeroPoint(String parameter) {
    return parameter.endsWith(ZERO_POINT);
  }

  /** Scales and zero points as the trained model has them, in the order of the quantizers. */
  public List<TrainedQuantizer> trained(OnnxModel trained) {
    List<TrainedQuantizer> learned = new ArrayList<>();
    for (TrainedQuantizer quantizer : quantizers) {
      Node node = node(trained.graph(), quantizer);
      learned.add(quantizer.withParams(params(trained.graph(), quantizer, node)));
    }
    return learned;
  }

  private static Node node(Graph graph, TrainedQuantizer quantizer) {
    return graph.nodes().stream()
        .filter(node -> FakeQuantize.is(node) && node.name().equals(nodeName(quantizer)))
        .findFirst()
        .orElseThrow(() ->
            new IllegalArgumentException("the model has no quantizer of " + quantizer.value()));
  }

  private static String nodeName(TrainedQuantizer quantizer) {
    return quantizer.value() + "/fake-quantize";
  }

  private static QuantParams params(Graph graph, TrainedQuantizer quantizer, Node node) {
    FakeQuantize facts = FakeQuantize.of(node);
    if (facts.observes()) {
      float[] range = tensor(graph, node.input(3)).toFloats();
      ScaleZeroPoint codes = ScaleZeroPoint.of(range[0], range[1], quantizer.scheme());
      return new QuantParams(
          quantizer.params().shape(), new float[] {codes.scale()}, new int[] {codes.zeroPoint()});
    }
    if (quantizer.isWeight() && !facts.storesScale()) {
      return WeightRange.of(
          tensor(graph, quantizer.value()).reshaped(quantizer.shape()), quantizer.scheme());
    }
    return QuantizerParams.of(
        quantizer.params().shape(),
        tensor(graph, node.input(1)).toFloats(),
        tensor(graph, node.input(2)).toFloats(),
        quantizer.scheme(),
        quantizer.value());
  }

  private static Tensor tensor(Graph graph, String name) {
    return Objects.requireNonNull(graph.initializers().get(name), name);
  }

  /** The trained model without its quantizers: the weights before they become codes. */
  public OnnxModel floats(OnnxModel trained) {
    Graph graph = trained.graph();
    Graph.Builder builder = graph.toBuilder();
    Map<String, String> back = new HashMap<>();
    List<Node> nodes = new ArrayList<>();
    for (Node node : graph.nodes()) {
      if (FakeQuantize.is(node)) {
        back.put(node.outputs().getFirst(), node.input(0));
        node.inputs().stream().skip(1).forEach(builder::removeInitializer);
      } else {
        nodes.add(node);
      }
    }
    return trained.withGraph(Rewiring.undo(builder.nodes(nodes).build(), back));
  }

  /** Puts nodes in, and lets readers read what they give. */
  private static final class Insertion {
    private static final String ALL = "";

    private final OnnxModel model;
    private final Graph graph;
    private final boolean scalesGradient;
    private final FreshNames names;
    private final Map<String, Tensor> stored = new LinkedHashMap<>();
    private final Map<String, Node> ofValue = new HashMap<>();
    private final List<Node> first = new ArrayList<>();

    /** By reader, that of all being called ALL: value to its quantized name. */
    private final Map<String, Map<String, String>> readings = new HashMap<>();

    private final Map<String, List<String>> shared = new HashMap<>();

    Insertion(OnnxModel model, boolean scalesGradient) {
      this.model = model;
      this.graph = model.graph();
      this.scalesGradient = scalesGradient;
      this.names = FreshNames.of(graph);
    }

    OnnxModel insert(List<TrainedQuantizer> quantizers) {
      quantizers.forEach(this::add);
      Graph.Builder builder = graph.toBuilder();
      stored.forEach(builder::initializer);
      List<Node> nodes = new ArrayList<>(first);
      graph.feeds().forEach(feed -> addBehind(feed.name(), nodes));
      for (Node node : graph.nodes()) {
        nodes.add(reading(node));
        node.outputs().forEach(output -> addBehind(output, nodes));
      }
      OnnxModel inserted =
          model.withGraph(Rewiring.outputs(builder.nodes(nodes).build(), readings(ALL)));
      return inserted.withOpset(FakeQuantize.DOMAIN, 1);
    }

    private void addBehind(String value, List<Node> nodes) {
      Node node = ofValue.get(value);
      if (node != null) {
        nodes.add(node);
      }
    }

    private void add(TrainedQuantizer quantizer) {
      String value = quantizer.value();
      FakeQuantize facts =
          new FakeQuantize(
              quantizer.isWeight(),
              quantizer.shape(),
              quantizer.scheme(),
              quantizer.method(),
              scalesGradient);
      QuantParams params = quantizer.params();
      List<String> inputs = new ArrayList<>();
      inputs.add(value);
      inputs.addAll(
          shared.computeIfAbsent(
              quantizer.group(), group -> stored(group, params, facts, quantizer)));
      String result = names.added(value + "_quantized");
      Node node = facts.node(nodeName(quantizer), inputs, result);
      if (graph.initializers().containsKey(value)) {
        first.add(node);
      } else {
        requireValue(value);
        ofValue.put(value, node);
      }
      readers(quantizer)
          .forEach(name -> readings.computeIfAbsent(name, _ -> new HashMap<>()).put(value, result));
    }

    private List<String> stored(
        String group, QuantParams params, FakeQuantize facts, TrainedQuantizer quantizer) {
      List<String> inputs = new ArrayList<>();
      inputs.add(store(group + SCALE, Tensor.ofFloats(params.shape(), params.scales())));
      inputs.add(store(group + ZERO_POINT, zeros(params)));
      if (facts.observes()) {
        inputs.add(store(group + RANGE, range(quantizer)));
      }
      return inputs;
    }

    private Set<String> readers(TrainedQuantizer quantizer) {
      return quantizer.readers().isEmpty() ? Set.of(ALL) : quantizer.readers();
    }

    private void requireValue(String value) {
      boolean known =
          graph.feeds().stream().anyMatch(feed -> feed.name().equals(value))
              || graph.nodes().stream().anyMatch(node -> node.outputs().contains(value));
      if (!known) {
        throw new IllegalArgumentException("the model has no weight or value '" + value + "'");
      }
    }

    private static Tensor zeros(QuantParams params) {
      float[] zeros = new float[params.zeroPoints().length];
      for (int i = 0; i < zeros.length; i++) {
        zeros[i] = params.zeroPoints()[i];
      }
      return Tensor.ofFloats(params.shape(), zeros);
    }

    private static Tensor range(TrainedQuantizer quantizer) {
      float scale = quantizer.params().scales()[0];
      int zero = quantizer.params().zeroPoints()[0];
      return Tensor.ofFloats(
          Shape.of(2),
          (quantizer.scheme().qmin() - zero) * scale,
          (quantizer.scheme().qmax() - zero) * scale);
    }

    private String store(String wish, Tensor tensor) {
      String name = names.added(wish);
      stored.put(name, tensor);
      return name;
    }

    private Map<String, String> readings(String reader) {
      return readings.getOrDefault(reader, Map.of());
    }

    private Node reading(Node node) {
      Map<String, String> own = readings(node.name());
      Map<String, String> all = readings(ALL);
      return node.withInputs(
          node.inputs().stream()
              .map(in -> own.getOrDefault(in, all.getOrDefault(in, in)))
              .toList());
    }
  }
}
