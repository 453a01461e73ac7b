package dev.swage.train.torch.fuse;

import dev.swage.onnx.Node;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** {@code x · (1 + erf(x / √2)) · ½}, in whatever order it is multiplied. */
final class GeluPattern implements Pattern {
  @Override
  public Optional<Match> match(Node last, Values values) {
    if (!last.is("Mul")) {
      return Optional.empty();
    }
    for (String factor : last.inputs()) {
      Optional<Match> match = throughSum(last, factor, values);
      if (match.isPresent()) {
        return match;
      }
    }
    return values.isAbout(last.input(1), 0.5)
        ? half(last, last.input(0), values)
        : values.isAbout(last.input(0), 0.5) ? half(last, last.input(1), values) : Optional.empty();
  }

  /** {@code (x·(1 + erf)) · ½}. */
  private static Optional<Match> half(Node last, String doubled, Values values) {
    Optional<Node> product = values.onlyFor(doubled, "Mul");
    if (product.isEmpty()) {
      return Optional.empty();
    }
    for (String factor : product.get().inputs()) {
      Optional<Erf> erf = erf(factor, values);
      String x = Values.other(product.get(), factor);
      if (erf.isPresent() && erf.get().x().equals(x)) {
        return Optional.of(found(last, erf.get(), List.of(product.get(), last)));
      }
    }
    return Optional.empty();
  }

  /** {@code (x·½) · (1 + erf)} or {@code x · ((1 + erf)·½)}. */
  private static Optional<Match> throughSum(Node last, String factor, Values values) {
    String other = Values.other(last, factor);
    Optional<Erf> erf = erf(factor, values);
    if (erf.isPresent()) {
      Optional<Node> halved = values.onlyFor(other, "Mul");
      return halved
          .filter(node -> isHalf(node, erf.get().x(), values))
          .map(node -> found(last, erf.get(), List.of(node, last)));
    }
    Optional<Node> halved = values.onlyFor(factor, "Mul");
    if (halved.isEmpty()) {
      return Optional.empty();
    }
    for (String inner : halved.get().inputs()) {
      Optional<Erf> deeper = erf(inner, values);
      if (deeper.isPresent()
          && deeper.get().x().equals(other)
          && values.isAbout(Values.other(halved.get(), inner), 0.5)) {
        return Optional.of(found(last, deeper.get(), List.of(halved.get(), last)));
      }
    }
    return Optional.empty();
  }

  private static boolean isHalf(Node node, String x, Values values) {
    return (node.input(0).equals(x) && values.isAbout(node.input(1), 0.5))
        || (node.input(1).equals(x) && values.isAbout(node.input(0), 0.5));
  }

  /** {@code 1 + erf(x / √2)}. */
  private record Erf(String x, List<Node> nodes) {}

  private static Optional<Erf> erf(String sum, Values values) {
    Optional<Node> added = values.onlyFor(sum, "Add");
    if (added.isEmpty()) {
      return Optional.empty();
    }
    for (String operand : added.get().inputs()) {
      Optional<Node> erf = values.onlyFor(operand, "Erf");
      if (erf.isPresent() && values.isAbout(Values.other(added.get(), operand), 1)) {
        return scaled(erf.get(), values)
            .map(division ->
                new Erf(
                    values.number(division.input(0)).isPresent()
                        ? division.input(1)
                        : division.input(0),
                    List.of(division, erf.get(), added.get())));
      }
    }
    return Optional.empty();
  }

  private static Optional<Node> scaled(Node erf, Values values) {
    Optional<Node> division =
        values
            .onlyFor(erf.input(0), "Div")
            .filter(node -> values.isAbout(node.input(1), Math.sqrt(2)));
    return division.isPresent()
        ? division
        : values
            .onlyFor(erf.input(0), "Mul")
            .filter(node ->
                values.isAbout(node.input(0), Math.sqrt(0.5))
                    || values.isAbout(node.input(1), Math.sqrt(0.5)));
  }

  private static Match found(Node last, Erf erf, List<Node> behind) {
    List<Node> nodes = new ArrayList<>(erf.nodes());
    nodes.addAll(behind);
    return new Match(
        nodes, new Node(last.name(), "Gelu", "", List.of(erf.x()), last.outputs(), Map.of()));
  }
}
