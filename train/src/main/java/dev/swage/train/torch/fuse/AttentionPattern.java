package dev.swage.train.torch.fuse;

import dev.swage.onnx.Attribute;
import dev.swage.onnx.Node;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;

/**
 * {@code softmax(q·kᵀ · c + mask) · v} with a constant c, multiplied or divided by, or none, and a
 * mask or none; the transposed keys stay as they are.
 */
final class AttentionPattern implements Pattern {
  /** The scores, before the softmax. */
  private record Scores(Node product, double scale, Optional<String> mask, List<Node> nodes) {}

  @Override
  public Optional<Match> match(Node last, Values values) {
    if (!last.is("MatMul")) {
      return Optional.empty();
    }
    return values
        .onlyFor(last.input(0), "Softmax")
        .filter(softmax -> isOverLastAxis(softmax))
        .flatMap(softmax ->
            scores(softmax.input(0), values).map(scores -> found(last, softmax, scores)));
  }

  /** Of scores of four axes, whose last is 3. What no axis means depends on the operator set. */
  private static boolean isOverLastAxis(Node softmax) {
    if (!softmax.attributes().containsKey("axis")) {
      return false;
    }
    long axis = softmax.intAttribute("axis", -1);
    return axis == -1 || axis == 3;
  }

  private static Optional<Scores> scores(String value, Values values) {
    Optional<Node> sum = values.onlyFor(value, "Add");
    if (sum.isPresent()) {
      for (String operand : sum.get().inputs()) {
        Optional<Scores> scaled = scaled(operand, values);
        if (scaled.isPresent()) {
          List<Node> nodes = new ArrayList<>(scaled.get().nodes());
          nodes.add(sum.get());
          return Optional.of(
              new Scores(
                  scaled.get().product(),
                  scaled.get().scale(),
                  Optional.of(Values.other(sum.get(), operand)),
                  nodes));
        }
      }
    }
    return scaled(value, values);
  }

  private static Optional<Scores> scaled(String value, Values values) {
    Optional<Node> product = product(value, values);
    if (product.isPresent()) {
      return Optional.of(new Scores(product.get(), 1, Optional.empty(), List.of(product.get())));
    }
    Optional<Node> division = values.onlyFor(value, "Div");
    if (division.isPresent()) {
      return scaled(division.get(), division.get().input(0), true, values);
    }
    Optional<Node> factor = values.onlyFor(value, "Mul");
    if (factor.isEmpty()) {
      return Optional.empty();
    }
    Optional<Scores> first = scaled(factor.get(), factor.get().input(0), false, values);
    return first.isPresent() ? first : scaled(factor.get(), factor.get().input(1), false, values);
  }

  private static Optional<Scores> scaled(
      Node node, String operand, boolean divides, Values values) {
    OptionalDouble number = values.number(Values.other(node, operand));
    Optional<Node> product = product(operand, values);
    if (number.isEmpty() || product.isEmpty()) {
      return Optional.empty();
    }
    double scale = divides ? 1 / number.getAsDouble() : number.getAsDouble();
    return Optional.of(
        new Scores(product.get(), scale, Optional.empty(), List.of(product.get(), node)));
  }

  /** Heads are the second of four axes: what a Transpose of four axes gave says so. */
  private static Optional<Node> product(String value, Values values) {
    return values
        .onlyFor(value, "MatMul")
        .filter(node ->
            values
                .producer(node.input(1), "Transpose")
                .filter(keys -> keys.intsAttribute("perm").length == 4)
                .isPresent());
  }

  private static Match found(Node last, Node softmax, Scores scores) {
    List<Node> nodes = new ArrayList<>(scores.nodes());
    nodes.add(softmax);
    nodes.add(last);
    List<String> inputs =
        new ArrayList<>(
            List.of(scores.product().input(0), scores.product().input(1), last.input(1)));
    scores.mask().ifPresent(inputs::add);
    return new Match(
        nodes,
        new Node(
            last.name(),
            "DotProductAttention",
            Fusion.DOMAIN,
            inputs,
            last.outputs(),
            Map.of("scale", Attribute.of((float) scores.scale()))));
  }
}
