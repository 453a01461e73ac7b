package dev.swage.compress.diagnose;

import dev.swage.onnx.Graph;
import dev.swage.onnx.GraphIndex;
import dev.swage.onnx.Node;
import dev.swage.tensor.MappedMemory;
import dev.swage.tensor.Tensor;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.IdentityHashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Cuts a quantized graph at the values it has in common with its float reference. Of a value that
 * is made of codes, the reader takes the QuantizeLinear and DequantizeLinear too: they are how it
 * sees its operand.
 */
final class ComparedParts {
  private final Graph reference;
  private final Graph quantized;
  private final GraphIndex source;
  private final GraphIndex index;
  private final Set<String> common = new LinkedHashSet<>();
  private final Set<String> inner = new HashSet<>();
  private final IdentityHashMap<Node, Integer> order = new IdentityHashMap<>();
  private final Map<String, Integer> rank = new HashMap<>();

  private ComparedParts(Graph reference, Graph quantized) {
    this.reference = reference;
    this.quantized = quantized;
    this.source = GraphIndex.of(reference);
    this.index = GraphIndex.of(quantized);
    common.addAll(computed(reference));
    common.retainAll(computed(quantized));
    common.stream().filter(this::isInner).forEach(inner::add);
    quantized.nodes().forEach(node -> order.put(node, order.size()));
    reference.nodes().forEach(node -> node.outputs().forEach(o -> rank.put(o, rank.size())));
  }

  /** The parts, in the reference's order. */
  static List<ComparedPart> find(Graph reference, Graph quantized) {
    ComparedParts finder = new ComparedParts(reference, quantized);
    return finder.common.stream()
        .filter(value -> !finder.inner.contains(value))
        .map(finder::part)
        .toList();
  }

  /** Values that depend on what the graph is fed with, in its order. */
  private static Set<String> computed(Graph graph) {
    Set<String> fed = new HashSet<>();
    graph.feeds().forEach(feed -> fed.add(feed.name()));
    Set<String> values = new LinkedHashSet<>();
    for (Node node : graph.nodes()) {
      if (reads(node).stream().anyMatch(name -> fed.contains(name) || values.contains(name))) {
        node.outputs().stream().filter(name -> !name.isEmpty()).forEach(values::add);
      }
    }
    return values;
  }

  private static Set<String> reads(Node node) {
    Set<String> reads = new LinkedHashSet<>(node.inputs());
    node.subgraphs().forEach(graph -> reads.addAll(GraphIndex.captures(graph)));
    reads.remove("");
    return reads;
  }

  /** Whether the value is only there to become the codes of another: a clip was absorbed. */
  private boolean isInner(String value) {
    return index
        .onlyConsumer(value)
        .filter(node -> node.is("QuantizeLinear") && node.input(0).equals(value))
        .map(node -> index.consumers(node.outputs().getFirst()))
        .filter(readers -> !readers.isEmpty())
        .filter(readers ->
            readers.stream()
                .allMatch(reader ->
                    reader.is("DequantizeLinear")
                        && common.contains(reader.outputs().getFirst())
                        && !reader.outputs().getFirst().equals(value)))
        .isPresent();
  }

  private ComparedPart part(String value) {
    Set<Node> nodes = Collections.newSetFromMap(new IdentityHashMap<>());
    Set<String> operands = new LinkedHashSet<>();
    Set<String> coded = new LinkedHashSet<>();
    Map<String, String> standIns = new HashMap<>();
    List<String> absorbed = new ArrayList<>(List.of(value));
    Deque<String> open = new ArrayDeque<>(List.of(value));
    Set<String> seen = new HashSet<>(open);
    while (!open.isEmpty()) {
      Node producer = index.producer(open.remove()).orElseThrow();
      nodes.add(producer);
      codesOf(producer, value).ifPresent(operand -> standIns.put(producer.input(0), operand));
      operands.addAll(standIns.values());
      for (String read : reads(producer)) {
        if (standIns.containsKey(read)) {
          continue;
        }
        if (common.contains(read) && !inner.contains(read)) {
          operands.add(read);
          if (isMadeOfCodes(read)) {
            coded.add(read);
          }
        } else if (index.producer(read).isPresent() && seen.add(read)) {
          open.add(read);
          if (inner.contains(read)) {
            absorbed.add(read);
          }
        } else if (index.producer(read).isEmpty() && isFed(read)) {
          operands.add(read);
        }
      }
    }
    absorbed.sort(Comparator.comparingInt(this::rankOf));
    Node original = source.producer(absorbed.getFirst()).orElseThrow();
    List<Node> inOrder = new ArrayList<>(nodes);
    inOrder.sort(Comparator.comparingInt(this::orderOf));
    return new ComparedPart(
        original.name().isEmpty() ? original.outputs().getFirst() : original.name(),
        original.opType(),
        value,
        List.copyOf(inOrder),
        operands,
        coded,
        standIns,
        coded.isEmpty() && inOrder.size() == 1 && isSame(inOrder.getFirst(), original));
  }

  /** The value in common, other than {@code own}, that a QuantizeLinear makes the codes of. */
  private Optional<String> codesOf(Node encode, String own) {
    if (!encode.is("QuantizeLinear")) {
      return Optional.empty();
    }
    return index.consumers(encode.outputs().getFirst()).stream()
        .filter(reader -> reader.is("DequantizeLinear"))
        .map(reader -> reader.outputs().getFirst())
        .filter(value -> common.contains(value) && !inner.contains(value) && !value.equals(own))
        .findFirst();
  }

  private int rankOf(String value) {
    return rank.getOrDefault(value, Integer.MAX_VALUE);
  }

  private int orderOf(Node node) {
    return order.getOrDefault(node, Integer.MAX_VALUE);
  }

  private boolean isFed(String value) {
    return quantized.feeds().stream().anyMatch(feed -> feed.name().equals(value));
  }

  private boolean isMadeOfCodes(String value) {
    return index
        .producer(value)
        .filter(node -> node.is("DequantizeLinear"))
        .flatMap(node -> index.producer(node.input(0)))
        .filter(node -> node.is("QuantizeLinear"))
        .isPresent();
  }

  private boolean isSame(Node node, Node original) {
    return node.equals(original)
        && node.inputs().stream()
            .filter(input -> !common.contains(input))
            .allMatch(input ->
                sameTensor(
                    quantized.initializers().get(input), reference.initializers().get(input)));
  }

  static boolean sameTensor(@Nullable Tensor a, @Nullable Tensor b) {
    return a == b
        || (a != null
            && b != null
            && a.dtype() == b.dtype()
            && a.shape().equals(b.shape())
            && MappedMemory.mismatch(a.data(), b.data()) < 0);
  }

  /** Parts by the nodes of the reference. */
  static Map<String, List<ComparedPart>> byNode(List<ComparedPart> parts) {
    Map<String, List<ComparedPart>> byNode = new LinkedHashMap<>();
    for (ComparedPart part : parts) {
      byNode.computeIfAbsent(part.node(), name -> new ArrayList<>()).add(part);
    }
    return byNode;
  }
}
