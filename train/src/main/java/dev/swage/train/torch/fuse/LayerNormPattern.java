package dev.swage.train.torch.fuse;

import dev.swage.onnx.Attribute;
import dev.swage.onnx.Node;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;

/**
 * {@code d = x − mean(x)}, {@code d / √(mean(d²) + ε) · scale + bias} over the last axis, with the
 * square as Pow or Mul.
 */
final class LayerNormPattern implements Pattern {
  @Override
  public Optional<Match> match(Node last, Values values) {
    if (!last.is("Add")) {
      return Optional.empty();
    }
    return operand(last, values, "Mul").flatMap(scaled -> scaled(last, scaled, values));
  }

  /** The operand that a node of this type gives to nobody else. */
  private static Optional<Node> operand(Node node, Values values, String opType) {
    Optional<Node> first = values.onlyFor(node.input(0), opType);
    return first.isPresent() ? first : values.onlyFor(node.input(1), opType);
  }

  private static Optional<Match> scaled(Node last, Node scaled, Values values) {
    Optional<Node> quotient = operand(scaled, values, "Div");
    String bias = Values.other(last, scaled.outputs().getFirst());
    if (quotient.isEmpty() || !isVector(values, bias)) {
      return Optional.empty();
    }
    Node divided = quotient.get();
    String scale = Values.other(scaled, divided.outputs().getFirst());
    Optional<Node> root = values.onlyFor(divided.input(1), "Sqrt");
    Optional<Node> sum = root.flatMap(node -> values.onlyFor(node.input(0), "Add"));
    Optional<Node> variance = sum.flatMap(node -> operand(node, values, "ReduceMean"));
    Optional<Node> centred = values.producer(divided.input(0), "Sub");
    if (!isVector(values, scale) || variance.isEmpty() || centred.isEmpty()) {
      return Optional.empty();
    }
    OptionalDouble epsilon =
        values.number(Values.other(sum.get(), variance.get().outputs().getFirst()));
    Optional<Node> square = square(variance.get(), centred.get(), values);
    Optional<Node> mean = values.onlyFor(centred.get().input(1), "ReduceMean");
    if (epsilon.isEmpty() || square.isEmpty() || mean.isEmpty()) {
      return Optional.empty();
    }
    Node difference = centred.get();
    boolean fits =
        mean.get().input(0).equals(difference.input(0))
            && isOverLastAxis(mean.get(), values)
            && isOverLastAxis(variance.get(), values)
            && values.isInner(difference.outputs().getFirst(), List.of(square.get(), divided));
    return fits
        ? Optional.of(
            new Match(
                List.of(
                    mean.get(),
                    difference,
                    square.get(),
                    variance.get(),
                    sum.get(),
                    root.get(),
                    divided,
                    scaled,
                    last),
                new Node(
                    last.name(),
                    "LayerNormalization",
                    "",
                    List.of(difference.input(0), scale, bias),
                    last.outputs(),
                    Map.of(
                        "axis", Attribute.of(-1L),
                        "epsilon", Attribute.of((float) epsilon.getAsDouble())))))
        : Optional.empty();
  }

  private static boolean isVector(Values values, String weight) {
    return values.weight(weight).filter(shape -> shape.rank() == 1).isPresent();
  }

  private static Optional<Node> square(Node variance, Node centred, Values values) {
    String difference = centred.outputs().getFirst();
    Optional<Node> power =
        values
            .onlyFor(variance.input(0), "Pow")
            .filter(node -> node.input(0).equals(difference) && values.isAbout(node.input(1), 2));
    return power.isPresent()
        ? power
        : values
            .onlyFor(variance.input(0), "Mul")
            .filter(node -> node.input(0).equals(difference) && node.input(1).equals(difference));
  }

  private static boolean isOverLastAxis(Node mean, Values values) {
    long[] axes = values.axes(mean);
    return axes.length == 1 && axes[0] == -1 && mean.intAttribute("keepdims", 1) != 0;
  }
}
