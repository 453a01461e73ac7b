package dev.swage.compress.qdq;

import dev.swage.compress.plan.KeepReason;
import dev.swage.compress.plan.NodeChoice.Keep;
import dev.swage.compress.qdq.ValueParts.Part;
import dev.swage.compress.weights.FirstLayers;
import dev.swage.compress.weights.InputSpread;
import dev.swage.compress.weights.Weight;
import dev.swage.onnx.Graph;
import dev.swage.onnx.Node;
import dev.swage.quant.ScaleZeroPoint;
import dev.swage.tensor.Tensor;
import java.util.HashSet;
import java.util.IdentityHashMap;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.function.Predicate;

/**
 * Nodes that could run on codes and are kept, because what they compute would be lost. Which they
 * are depends on the ranges, and these on which nodes run on codes: what is refused at once shares
 * a cause, and then all is chosen anew.
 */
final class Refusals {
  /**
   * Least decibels that are expected of a node. Below, whatever a model computes of it is damaged:
   * 10 dB are what is left of codes with 3 of 8 bits.
   */
  static final double LEAST_DB = 10;

  /**
   * Decibels from which on a scale may be shared, whatever one of its own would give: its range is
   * some five times as wide as needed then.
   */
  static final double SHARED_DB = 25;

  /** Decibels that a scale of its own must give more: one bit. */
  static final double GAIN_DB = 6;

  private final Graph graph;
  private final Operands operands;
  private final CodedNodes selection;
  private final CodedValues values;
  private final ValueParts parts;
  private final NodeNoise noise;

  Refusals(
      Graph graph,
      Operands operands,
      CodedNodes selection,
      CodedValues values,
      ValueParts parts,
      NodeNoise noise) {
    this.graph = graph;
    this.operands = operands;
    this.selection = selection;
    this.values = values;
    this.parts = parts;
    this.noise = noise;
  }

  /** The next nodes to keep, and why; empty when nothing is lost. */
  IdentityHashMap<Node, Keep> find() {
    IdentityHashMap<Node, Keep> found = apart();
    if (found.isEmpty()) {
      found = joined();
    }
    if (found.isEmpty()) {
      found = takenApart();
    }
    if (found.isEmpty()) {
      found = expected(node -> operands.weight(node).isEmpty());
    }
    return found.isEmpty() ? expected(node -> true) : found;
  }

  /** Products with the model's inputs where these are of very different magnitude. */
  private IdentityHashMap<Node, Keep> apart() {
    IdentityHashMap<Node, Keep> found = new IdentityHashMap<>();
    FirstLayers first = FirstLayers.of(graph);
    for (Node node : graph.nodes()) {
      Optional<Tensor> weight = operands.weight(node);
      if (selection.isChosen(node)
          && weight.isPresent()
          && first.contains(node)
          && InputSpread.isLost(weight.get(), Weight.kindOf(node, 1).orElseThrow(), 8)) {
        found.put(node, new Keep(KeepReason.INPUTS_APART));
      }
    }
    return found;
  }

  /** Nodes that put values of very different ranges together, or work on values that are so. */
  private IdentityHashMap<Node, Keep> joined() {
    IdentityHashMap<Node, Keep> found = new IdentityHashMap<>();
    for (Node node : graph.nodes()) {
      if (!selection.isChosen(node)) {
        continue;
      }
      OperatorKind kind = OperatorKind.of(node);
      String output = node.outputs().getFirst();
      Optional<Keep> lost =
          switch (kind) {
            case CONCAT -> selection.written(output).equals(output) ? lost(output) : none();
            case ELEMENTWISE ->
                operands.activations(node).stream().flatMap(v -> lost(v).stream()).findFirst();
            case CODES, PRODUCT, CLIP, FLOAT -> none();
          };
      lost.filter(keep -> reachesFloats(selection.written(output), new HashSet<>()))
          .ifPresent(keep -> found.put(node, keep));
    }
    return found;
  }

  private static Optional<Keep> none() {
    return Optional.empty();
  }

  /** Whether a part that a value is made of is lost in its codes. */
  private Optional<Keep> lost(String value) {
    return values.contains(value)
        ? parts.madeOf(value).stream()
            .flatMap(part -> lost(part, values.codes(value)).stream())
            .findFirst()
        : Optional.empty();
  }

  private Optional<Keep> lost(Part part, ScaleZeroPoint codes) {
    double shared = ExpectedNoise.decibels(values.noise(part.statistics().histogram(), codes));
    if (shared >= SHARED_DB) {
      return Optional.empty();
    }
    double own = ExpectedNoise.decibels(values.ownNoise(part.statistics()));
    return own < shared + GAIN_DB
        ? Optional.empty()
        : Optional.of(
            new Keep(
                KeepReason.RANGES_APART,
                String.format(
                    Locale.ROOT,
                    "'%s' would have %.1f dB, with a scale of its own %.1f",
                    part.name(),
                    shared + 0.0,
                    own)));
  }

  /** Nodes behind whose codes a part is taken out that these codes have lost. */
  private IdentityHashMap<Node, Keep> takenApart() {
    IdentityHashMap<Node, Keep> found = new IdentityHashMap<>();
    for (Node node : graph.nodes()) {
      if (!selection.isChosen(node) || OperatorKind.of(node) == OperatorKind.CODES) {
        continue;
      }
      for (String output : node.outputs()) {
        String value = selection.written(output);
        if (values.contains(value)) {
          taken(value, value, new HashSet<>()).ifPresent(keep -> found.put(node, keep));
        }
      }
    }
    return found;
  }

  /** Whether a part of a value, or of a part, is lost in the codes of the whole. */
  private Optional<Keep> taken(String value, String whole, Set<String> seen) {
    if (!seen.add(value)) {
      return Optional.empty();
    }
    for (Node mover : parts.movers(value)) {
      for (String output : mover.outputs()) {
        boolean exposed = !selection.isChosen(mover) || reachesFloats(output, new HashSet<>());
        Optional<Keep> lost =
            parts
                .part(output)
                .filter(part -> exposed)
                .flatMap(part -> lost(part, values.codes(whole)).stream())
                .findFirst()
                .or(() -> taken(output, whole, seen));
        if (lost.isPresent()) {
          return lost;
        }
      }
    }
    return Optional.empty();
  }

  /**
   * Whether what is read of a value's codes gets into floating point other than through a product,
   * which mixes all parts of it.
   */
  private boolean reachesFloats(String value, Set<String> seen) {
    if (!seen.add(value)) {
      return false;
    }
    if (operands.index().isGraphOutput(value)) {
      return true;
    }
    for (Node reader : operands.index().consumers(value)) {
      boolean mixes = OperatorKind.of(reader) == OperatorKind.PRODUCT;
      boolean coded = selection.readsCodes(reader, value) || selection.absorber(reader).isPresent();
      if (!coded && !reader.is("Shape") && !reader.is("Size")) {
        return true;
      }
      if (coded
          && !mixes
          && reader.outputs().stream().anyMatch(output -> reachesFloats(output, seen))) {
        return true;
      }
    }
    return false;
  }

  private IdentityHashMap<Node, Keep> expected(Predicate<Node> which) {
    IdentityHashMap<Node, Keep> found = new IdentityHashMap<>();
    for (Node node : graph.nodes()) {
      if (selection.isChosen(node) && which.test(node)) {
        double decibels = ExpectedNoise.decibels(noise.of(node));
        if (decibels < LEAST_DB) {
          String detail = String.format(Locale.ROOT, "%.1f dB", decibels + 0.0);
          found.put(node, new Keep(KeepReason.EXPECTED_NOISE, detail));
        }
      }
    }
    return found;
  }
}
