package dev.swage.compress.diagnose;

import dev.swage.onnx.FreshNames;
import dev.swage.onnx.Graph;
import dev.swage.onnx.GraphIndex;
import dev.swage.onnx.Node;
import dev.swage.onnx.OnnxModel;
import dev.swage.onnx.ValueInfo;
import dev.swage.tensor.Tensor;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Puts quantized nodes beside those of the float model they stand for, or in their place. */
final class ComparisonGraph {
  private final OnnxModel reference;
  private final OnnxModel quantized;
  private final GraphIndex quantizedIndex;
  private final List<ComparedPart> parts;

  /**
   * @param reference the float model
   * @param quantized made of it: values keep their names, operator sets are the same
   */
  ComparisonGraph(OnnxModel reference, OnnxModel quantized) {
    if (reference.opset() != quantized.opset()) {
      throw new IllegalArgumentException(
          "the models are in operator sets %s and %s: compare with the prepared model"
              .formatted(reference.opset(), quantized.opset()));
    }
    this.reference = reference;
    this.quantized = quantized;
    this.quantizedIndex = GraphIndex.of(quantized.graph());
    this.parts = ComparedParts.find(reference.graph(), quantized.graph());
  }

  List<ComparedPart> parts() {
    return parts;
  }

  /**
   * The parts that can stand beside the float model: not those whose branches and bodies compute
   * what the float model has outside them under the same name, as a weight that became codes inside
   * a branch.
   */
  List<ComparedPart> besides() {
    Set<String> outside = new HashSet<>(reference.graph().initializers().keySet());
    reference.graph().nodes().forEach(node -> outside.addAll(node.outputs()));
    return parts.stream().filter(part -> !computesInside(part, outside)).toList();
  }

  private static boolean computesInside(ComparedPart part, Set<String> names) {
    Set<String> inside = new HashSet<>();
    for (Node node : part.nodes()) {
      node.subgraphs()
          .forEach(
              body -> body.walk(graph -> graph.nodes().forEach(n -> inside.addAll(n.outputs()))));
    }
    return !Collections.disjoint(inside, names);
  }

  /**
   * The float model with quantized nodes beside its own, each on float operands.
   *
   * @param names filled with what the quantized values are called, by the name they have in common
   */
  OnnxModel beside(List<ComparedPart> some, Map<String, String> names) {
    Copies copies = new Copies();
    for (ComparedPart part : some) {
      names.put(part.value(), copies.add(part));
    }
    List<Node> nodes = new ArrayList<>(reference.graph().nodes());
    copies.nodes.values().forEach(nodes::addAll);
    return model(nodes, copies);
  }

  /** The float model with quantized nodes in place of its own, and only these. */
  OnnxModel instead(List<ComparedPart> some) {
    Copies copies = new Copies();
    Map<String, String> replaced = new HashMap<>();
    Map<String, String> results = new HashMap<>();
    for (ComparedPart part : some) {
      results.put(copies.add(part), part.value());
      replaced.put(part.value(), copies.names.next(part.value() + "_float"));
    }
    List<Node> nodes = new ArrayList<>();
    for (Node node : reference.graph().nodes()) {
      List<String> outputs = node.outputs();
      nodes.add(node.withOutputs(renamed(outputs, replaced)));
      for (String output : outputs) {
        for (Node copy : copies.nodes.getOrDefault(output, List.of())) {
          nodes.add(copy.withOutputs(renamed(copy.outputs(), results)));
        }
      }
    }
    return model(live(nodes), copies);
  }

  private static List<String> renamed(List<String> values, Map<String, String> names) {
    return values.stream().map(value -> names.getOrDefault(value, value)).toList();
  }

  /** The nodes that outputs of the model depend on. */
  private List<Node> live(List<Node> nodes) {
    Set<String> read = new HashSet<>();
    reference.graph().outputs().forEach(output -> read.add(output.name()));
    List<Node> live = new ArrayList<>();
    for (Node node : nodes.reversed()) {
      if (node.outputs().stream().anyMatch(read::contains)) {
        live.add(node);
        read.addAll(node.inputs());
        node.subgraphs().forEach(graph -> read.addAll(GraphIndex.captures(graph)));
      }
    }
    Collections.reverse(live);
    return live;
  }

  private OnnxModel model(List<Node> nodes, Copies copies) {
    Graph.Builder builder = reference.graph().toBuilder().nodes(nodes);
    copies.initializers.forEach(builder::initializer);
    GraphIndex index = GraphIndex.of(builder.build());
    for (String name : reference.graph().initializers().keySet()) {
      boolean fed = reference.graph().inputs().stream().anyMatch(in -> in.name().equals(name));
      if (!fed && index.consumers(name).isEmpty() && !index.isGraphOutput(name)) {
        builder.removeInitializer(name);
      }
    }
    // Types of values that may be gone are of no use here.
    return quantized.withGraph(builder.valueInfos(List.<ValueInfo>of()).build());
  }

  /** Copies of quantized nodes under names that clash with nothing in either graph. */
  private final class Copies {
    private final FreshNames names = FreshNames.of(both());
    private final Map<String, List<Node>> nodes = new LinkedHashMap<>();
    private final Map<String, Tensor> initializers = new LinkedHashMap<>();
    private final Map<String, String> shared = new HashMap<>();

    private Graph both() {
      Graph.Builder builder = reference.graph().toBuilder();
      quantized.graph().nodes().forEach(builder::node);
      quantized.graph().initializers().forEach(builder::initializer);
      return builder.build();
    }

    /** Copies the nodes of a part; what its value is called then. */
    String add(ComparedPart part) {
      List<Node> copied = new ArrayList<>();
      Map<String, String> renames = new HashMap<>(part.standIns());
      for (String operand : part.coded()) {
        Node decode = quantizedIndex.producer(operand).orElseThrow();
        Node encode = quantizedIndex.producer(decode.input(0)).orElseThrow();
        String codes = names.next(operand + "_codes");
        String coded = names.next(operand + "_coded");
        List<String> inputs = new ArrayList<>(encode.inputs());
        inputs.set(0, operand);
        copied.add(fresh(encode.withInputs(inputs).withOutputs(List.of(codes))));
        inputs = new ArrayList<>(decode.inputs());
        inputs.set(0, codes);
        copied.add(fresh(decode.withInputs(inputs).withOutputs(List.of(coded))));
        renames.put(operand, coded);
      }
      for (Node node : part.nodes()) {
        node.outputs().stream()
            .filter(output -> !output.isEmpty())
            .forEach(output -> renames.put(output, names.next(output + "_alone")));
        copied.add(fresh(node));
      }
      copied.forEach(node -> node.inputs().forEach(input -> constant(input, renames)));
      part.nodes().stream()
          .flatMap(node -> node.subgraphs().stream())
          .forEach(body -> GraphIndex.captures(body).forEach(read -> constant(read, renames)));
      nodes.put(part.value(), rename(copied, part, renames));
      return renames.getOrDefault(part.value(), part.value());
    }

    private Node fresh(Node node) {
      return new Node(
          names.next(node.name() + "_alone"),
          node.opType(),
          node.domain(),
          node.inputs(),
          node.outputs(),
          node.attributes());
    }

    /** An initializer of the quantized graph, once for all parts. */
    private void constant(String name, Map<String, String> renames) {
      Tensor tensor = quantized.graph().initializers().get(name);
      Tensor known = reference.graph().initializers().get(name);
      if (tensor == null || ComparedParts.sameTensor(tensor, known)) {
        return;
      }
      String own = shared.computeIfAbsent(name, key -> names.next(key + "_alone"));
      initializers.put(own, tensor);
      renames.put(name, own);
    }

    private List<Node> rename(List<Node> copied, ComparedPart part, Map<String, String> renames) {
      Graph.Builder builder = Graph.builder(part.value());
      int pairs = 2 * part.coded().size();
      // The pairs read their operands as they are.
      Graph own = builder.nodes(copied.subList(pairs, copied.size())).build();
      List<Node> all = new ArrayList<>();
      for (Node node : copied.subList(0, pairs)) {
        all.add(node.withInputs(renamedConstants(node, renames)));
      }
      for (Map.Entry<String, String> rename : renames.entrySet()) {
        own = own.replaceUses(rename.getKey(), rename.getValue());
      }
      for (Node node : own.nodes()) {
        all.add(node.withOutputs(renamed(node.outputs(), renames)));
      }
      return all;
    }

    private List<String> renamedConstants(Node node, Map<String, String> renames) {
      List<String> inputs = new ArrayList<>(node.inputs());
      for (int i = 1; i < inputs.size(); i++) {
        inputs.set(i, renames.getOrDefault(inputs.get(i), inputs.get(i)));
      }
      return inputs;
    }
  }
}
