package dev.swage.compress.qdq;

import dev.swage.compress.plan.KeepReason;
import dev.swage.compress.plan.NodeChoice.Keep;
import dev.swage.onnx.Graph;
import dev.swage.onnx.Node;
import java.util.ArrayList;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * The nodes that read and write codes. Products do wherever they can; other nodes only between
 * nodes that do, for at the border of floats a conversion costs more than the kernel saves.
 */
final class CodedNodes {
  private static final Set<String> TAKEN_BY_GEMM =
      Set.of(
          "Clip",
          "Elu",
          "HardSigmoid",
          "LeakyRelu",
          "Relu",
          "Selu",
          "Sigmoid",
          "Softplus",
          "Softsign",
          "Tanh",
          "ThresholdedRelu");

  private final Graph graph;
  private final Operands operands;
  private final Set<Node> chosen = Collections.newSetFromMap(new IdentityHashMap<>());
  private final IdentityHashMap<Node, Keep> kept = new IdentityHashMap<>();

  /**
   * The nodes that can be.
   *
   * @param refused nodes that are kept although they could, and why
   */
  CodedNodes(
      Graph graph,
      Operands operands,
      Eligibility eligibility,
      IdentityHashMap<Node, Keep> refused) {
    this.graph = graph;
    this.operands = operands;
    for (Node node : graph.nodes()) {
      Optional<Keep> obstacle =
          Optional.ofNullable(refused.get(node)).or(() -> eligibility.obstacle(node));
      obstacle.ifPresent(keep -> kept.put(node, keep));
      if (obstacle.isEmpty()) {
        chosen.add(node);
      }
    }
    while (!settle()) {}
  }

  /** Drops the nodes that are not between codes; whether there was none. */
  private boolean settle() {
    IdentityHashMap<Node, Keep> outside = new IdentityHashMap<>();
    for (Node node : graph.nodes()) {
      if (chosen.contains(node)) {
        outside(node).ifPresent(keep -> outside.put(node, keep));
      }
    }
    chosen.removeAll(outside.keySet());
    kept.putAll(outside);
    return outside.isEmpty();
  }

  /** Why a node that could read and write codes would gain nothing where it stands. */
  private Optional<Keep> outside(Node node) {
    boolean between =
        switch (OperatorKind.of(node)) {
          case PRODUCT -> true;
          // Moving codes loses nothing, and moves a quarter of the bytes.
          case CODES ->
              operands.activations(node).stream().anyMatch(this::isWrittenAsCodes) || joins(node);
          case ELEMENTWISE, CONCAT, CLIP, FLOAT -> joins(node);
        };
    return between ? tooSmall(node) : Optional.of(new Keep(KeepReason.NOT_BETWEEN_CODES));
  }

  /** A small product that shares its conversions with no other. */
  private Optional<Keep> tooSmall(Node node) {
    return operands
        .weight(node)
        .map(weight -> weight.shape().elements())
        .filter(elements -> elements < QdqPlanner.FEWEST_ELEMENTS && !comes(node) && !goes(node))
        .map(elements ->
            new Keep(
                KeepReason.CONSTANT_TOO_SMALL,
                "%s < %s elements, and no codes before it or after it"
                    .formatted(elements, QdqPlanner.FEWEST_ELEMENTS)));
  }

  private boolean joins(Node node) {
    return comes(node) && goes(node);
  }

  private boolean comes(Node node) {
    return operands.activations(node).stream().anyMatch(this::comesAsCodes);
  }

  private boolean goes(Node node) {
    return node.outputs().stream().anyMatch(this::goesAsCodes);
  }

  /** Whether a value is codes at first, whoever reads it. */
  private boolean isWrittenAsCodes(String value) {
    Optional<Node> producer = operands.index().producer(value);
    Optional<Node> writer =
        producer.flatMap(node -> chosen.contains(node) ? producer : absorber(node));
    return writer.filter(this::writesCodes).isPresent();
  }

  private boolean comesAsCodes(String value) {
    Optional<Node> producer = operands.index().producer(value);
    return producer.isPresent()
        && (chosen.contains(producer.get()) || absorber(producer.get()).isPresent());
  }

  private boolean goesAsCodes(String value) {
    for (Node consumer : operands.index().consumers(value)) {
      if (readsCodes(consumer, value)) {
        return true;
      }
      if (isAbsorbable(consumer) && goesAsCodes(consumer.outputs().getFirst())) {
        return true;
      }
    }
    return false;
  }

  boolean isChosen(Node node) {
    return chosen.contains(node);
  }

  Keep kept(Node node) {
    return kept.getOrDefault(node, new Keep(KeepReason.UNSUPPORTED_OPERATOR, node.opType()));
  }

  /** Whether a chosen node reads this value as codes. */
  boolean readsCodes(Node consumer, String value) {
    return chosen.contains(consumer) && operands.activations(consumer).contains(value);
  }

  /** Whether any chosen node does. */
  boolean isReadAsCodes(String value) {
    return operands.index().consumers(value).stream().anyMatch(node -> readsCodes(node, value));
  }

  /** The chosen node whose codes make this Relu or Clip superfluous. */
  Optional<Node> absorber(Node clip) {
    return isAbsorbable(clip)
        ? operands
            .index()
            .producer(clip.input(0))
            .filter(chosen::contains)
            .filter(node -> writesCodes(node) || isReadAsCodes(clip.outputs().getFirst()))
        : Optional.empty();
  }

  private boolean isAbsorbable(Node clip) {
    return OperatorKind.of(clip) == OperatorKind.CLIP
        && !isExcluded(clip)
        && saturates(clip)
        && operands.index().onlyConsumer(clip.input(0)).isPresent()
        && operands
            .observed(clip.outputs().getFirst())
            .filter(seen -> seen.statistics().varies())
            .isPresent()
        && operands
            .index()
            .producer(clip.input(0))
            .filter(producer -> OperatorKind.of(producer).absorbsClip())
            .isPresent();
  }

  private boolean isExcluded(Node node) {
    Keep keep = kept.get(node);
    return keep != null && keep.reason() == KeepReason.EXCLUDED;
  }

  /**
   * Codes saturate at the ends of what was observed, within half a step of the bounds. Their range
   * holds 0, so that bounds must lie on both sides of it.
   */
  private boolean saturates(Node clip) {
    return clip.is("Relu") || (operands.lowerBound(clip) <= 0 && operands.upperBound(clip) >= 0);
  }

  /**
   * The value that a chosen node's output becomes codes as: its own or that of an absorbed node.
   */
  String written(String output) {
    return operands
        .index()
        .onlyConsumer(output)
        .filter(consumer -> absorber(consumer).isPresent())
        .map(consumer -> consumer.outputs().getFirst())
        .orElse(output);
  }

  /** The values that become codes, in the order they are computed. */
  List<String> values() {
    Set<String> values = new LinkedHashSet<>();
    graph.feeds().stream()
        .map(feed -> feed.name())
        .filter(this::isReadAsCodes)
        .forEach(values::add);
    for (Node node : graph.nodes()) {
      for (String output : node.outputs()) {
        if (!output.isEmpty() && absorber(node).isEmpty()) {
          String value = chosen.contains(node) ? written(output) : output;
          if ((chosen.contains(node) && writesCodes(node)) || isReadAsCodes(value)) {
            values.add(value);
          }
        }
      }
    }
    return new ArrayList<>(values);
  }

  /**
   * Whether a node must write codes to run in integers. The integer kernels of Gemm and MatMul
   * write floats too; but ONNX Runtime takes the addition of a constant into a MatMul, and an
   * activation function into a Gemm, before it looks for codes, and finds none.
   */
  boolean writesCodes(Node node) {
    Optional<Node> next = operands.index().onlyConsumer(node.outputs().getFirst());
    if (node.is("MatMul")) {
      return next.filter(n -> n.is("Add") && !operands.constants(n).isEmpty()).isPresent();
    }
    return !node.is("Gemm") || next.filter(n -> TAKEN_BY_GEMM.contains(n.opType())).isPresent();
  }
}
