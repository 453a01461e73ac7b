package dev.swage.hybrid;

import dev.swage.compress.plan.CompressException;
import dev.swage.compress.planner.QuantizedSource;
import dev.swage.onnx.Graph;
import dev.swage.onnx.GraphIndex;
import dev.swage.onnx.Node;
import dev.swage.onnx.OnnxModel;
import dev.swage.tensor.Shape;
import dev.swage.tensor.Tensor;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** Takes QuantizeLinear and DequantizeLinear out of a model's main graph. */
final class Dequantizing {
  /** Nodes whose results codes that begin at 0 clip as a Relu does, which was left out for them. */
  private static final Set<String> CLIPPED =
      Set.of(
          "Add",
          "Concat",
          "Conv",
          "ConvTranspose",
          "Gemm",
          "LeakyRelu",
          "MatMul",
          "Mul",
          "Sub",
          "Sum");

  private final OnnxModel model;
  private final Graph graph;
  private final GraphIndex index;
  private final StoredConstants constants;
  private final CodedTables tables;
  private final Map<String, FileCodes> weights = new LinkedHashMap<>();
  private final Map<String, FileCodes> values = new LinkedHashMap<>();
  private final Map<String, Tensor> floats = new LinkedHashMap<>();
  private final Map<String, Pair> pairs = new HashMap<>();
  private final Map<String, String> names = new HashMap<>();
  private final List<Node> nodes = new ArrayList<>();

  /** Floats that became codes, and these. */
  private record Pair(Node quantize, FileCodes codes) {
    String floats() {
      return quantize.input(0);
    }
  }

  /**
   * Of a model whose functions are inlined.
   *
   * @param model with nodes that work on codes
   */
  Dequantizing(OnnxModel model) {
    this.model = model;
    this.graph = model.graph();
    this.index = GraphIndex.of(graph);
    this.constants = new StoredConstants(graph, index);
    this.tables = new CodedTables(graph, index, constants);
  }

  FloatView view() {
    graph.nodes().forEach(this::take);
    graph.outputs().stream()
        .filter(output -> pairs.containsKey(output.name()))
        .findFirst()
        .ifPresent(output -> {
          throw new CompressException(
              "output '%s' of the model is codes, of which no floats can be made: begin from the model in floats"
                  .formatted(output.name()));
        });
    Graph.Builder builder =
        graph.toBuilder().nodes(nodes.stream().map(this::renamed).toList()).valueInfos(List.of());
    floats.forEach(builder::initializer);
    Graph all = builder.build();
    GraphIndex used = GraphIndex.of(all);
    for (String name : graph.initializers().keySet()) {
      if (used.consumers(name).isEmpty() && !used.isGraphOutput(name)) {
        builder.removeInitializer(name);
      }
    }
    return new FloatView(model.withGraph(builder.build()), weights, values);
  }

  private Node renamed(Node node) {
    return node.withInputs(node.inputs().stream().map(this::name).toList())
        .withOutputs(node.outputs().stream().map(this::name).toList());
  }

  private String name(String value) {
    return names.getOrDefault(value, value);
  }

  private void take(Node node) {
    if (node.is("QuantizeLinear")) {
      quantize(node);
    } else if (node.is("DequantizeLinear")) {
      dequantize(node);
    } else if (node.is("Clip") && pairs.containsKey(node.input(0))) {
      limit(node);
    } else if (node.is("Reshape") && floats.containsKey(name(node.input(0)))) {
      reshape(node);
    } else if (tables.of(node).isPresent()) {
      look(node, tables.of(node).get());
    } else if (!constants.isUnpacking(node) && !tables.isInside(node)) {
      keep(node);
    }
  }

  /** Rows of a table are looked up as floats. */
  private void look(Node product, CodedTables.Table table) {
    String name = table.weight().name().replaceFirst("_quantized$", "");
    String floats = isFree(name) ? name : table.weight().name() + "_floats";
    this.floats.put(floats, table.weight().floats());
    table.weight().codes().ifPresent(codes -> weights.put(floats, codes));
    Node lookup = table.lookup();
    nodes.add(lookup.withInputs(List.of(floats, lookup.input(1))).withOutputs(product.outputs()));
  }

  private boolean isFree(String name) {
    return !floats.containsKey(name)
        && !graph.initializers().containsKey(name)
        && index.producer(name).isEmpty();
  }

  private void keep(Node node) {
    boolean reads = node.inputs().stream().anyMatch(pairs::containsKey);
    if (reads || QuantizedSource.isQuantized(node.opType())) {
      throw cannot(node, "works on codes");
    }
    nodes.add(node);
  }

  private static CompressException cannot(Node node, String why) {
    return new CompressException(
        "%s %s, of which no floats can be made: begin from the model in floats, or from a file in form qdq"
            .formatted(node.describe(), why));
  }

  private void quantize(Node node) {
    FileCodes codes =
        constants
            .codesOfValue(node)
            .orElseThrow(() -> cannot(node, "has scales that are computed"));
    pairs.put(node.outputs().getFirst(), new Pair(node, codes));
  }

  /** Codes of which only some are used. */
  private void limit(Node clip) {
    Pair pair = pair(clip.input(0));
    int least = constants.code(clip.input(1)).orElse(pair.codes().least());
    int most = constants.code(clip.input(2)).orElse(pair.codes().most());
    FileCodes codes = pair.codes();
    pairs.put(
        clip.outputs().getFirst(),
        new Pair(
            pair.quantize(),
            new FileCodes(
                codes.shape(), codes.storage(), codes.granularity(), codes.params(), least, most)));
  }

  private Pair pair(String codes) {
    Pair pair = pairs.get(codes);
    if (pair == null) {
      throw new IllegalStateException("no codes: " + codes);
    }
    return pair;
  }

  private void dequantize(Node node) {
    Pair pair = pairs.get(node.input(0));
    if (pair == null) {
      weigh(node);
      return;
    }
    if (!constants.hasScale(node, pair.codes())) {
      throw cannot(node, "makes numbers of codes with other scales than they were made with");
    }
    String result = node.outputs().getFirst();
    String known = names.get(pair.quantize().outputs().getFirst());
    String value = known == null ? value(pair, result) : known;
    names.put(pair.quantize().outputs().getFirst(), value);
    values.putIfAbsent(value, pair.codes());
    if (!value.equals(result)) {
      if (index.isGraphOutput(result)) {
        nodes.add(Node.of(result + "/floats", "Identity", List.of(value), result));
      } else {
        names.put(result, value);
      }
    }
  }

  /** The name of a value that passed through codes, once it does not. */
  private String value(Pair pair, String result) {
    String floats = pair.floats();
    Optional<Node> producer = index.producer(floats);
    boolean clipped =
        pair.codes().params().zeroPoints()[0] == pair.codes().least()
            && producer.filter(node -> CLIPPED.contains(node.opType())).isPresent();
    if (clipped) {
      nodes.add(Node.of(result + "/relu", "Relu", List.of(floats), result));
      return result;
    }
    boolean alone =
        producer.isPresent()
            && index.onlyConsumer(floats).isPresent()
            && !index.isGraphOutput(floats)
            && (index.isGraphOutput(result) || floats.startsWith(result));
    if (alone) {
      names.put(floats, result);
      return result;
    }
    return name(floats);
  }

  private void weigh(Node node) {
    String result = node.outputs().getFirst();
    StoredConstants.Weight weight =
        constants
            .weight(node)
            .orElseThrow(() -> cannot(node, "reads codes that are computed, or scales that are"));
    String own = weight.name().replaceFirst("_quantized$", "");
    boolean free = !own.equals(weight.name()) && isFree(own) && !index.isGraphOutput(result);
    String name = free ? own : result;
    floats.put(name, weight.floats());
    weight.codes().ifPresent(codes -> weights.put(name, codes));
    if (free) {
      names.put(result, name);
    }
  }

  /** Weights whose codes are stored in another shape. */
  private void reshape(Node node) {
    String from = name(node.input(0));
    String to = node.outputs().getFirst();
    Optional<Tensor> shape = constants.of(node.input(1));
    Tensor weight = floats.get(from);
    if (shape.isEmpty() || weight == null) {
      nodes.add(node);
      return;
    }
    long[] dims = shape.get().toLongs();
    for (long dim : dims) {
      if (dim < 1) {
        nodes.add(node);
        return;
      }
    }
    floats.put(to, weight.reshaped(Shape.of(dims)));
    FileCodes codes = weights.get(from);
    if (codes != null) {
      weights.put(to, codes);
    }
    if (index.onlyConsumer(node.input(0)).isPresent()) {
      floats.remove(from);
      weights.remove(from);
    }
  }
}
