package dev.swage.train.torch.fuse;

import dev.swage.onnx.Node;
import dev.swage.tensor.Shape;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** {@code x·W + b} with a matrix and a vector of weights. */
final class LinearPattern implements Pattern {
  @Override
  public Optional<Match> match(Node last, Values values) {
    if (!last.is("Add")) {
      return Optional.empty();
    }
    for (String operand : last.inputs()) {
      Optional<Node> product = values.onlyFor(operand, "MatMul");
      String bias = Values.other(last, operand);
      if (product.isPresent() && fits(values, product.get().input(1), bias)) {
        return Optional.of(
            new Match(
                List.of(product.get(), last),
                new Node(
                    last.name(),
                    "Linear",
                    Fusion.DOMAIN,
                    List.of(product.get().input(0), product.get().input(1), bias),
                    last.outputs(),
                    Map.of())));
      }
    }
    return Optional.empty();
  }

  private static boolean fits(Values values, String weight, String bias) {
    Optional<Shape> matrix = values.weight(weight).filter(shape -> shape.rank() == 2);
    Optional<Shape> vector = values.weight(bias).filter(shape -> shape.rank() == 1);
    return matrix.isPresent() && vector.isPresent() && matrix.get().dim(1) == vector.get().dim(0);
  }
}
