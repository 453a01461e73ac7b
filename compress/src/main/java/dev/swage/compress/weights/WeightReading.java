package dev.swage.compress.weights;

import dev.swage.onnx.op.InputRole;
import dev.swage.onnx.op.WeightAxes;
import dev.swage.onnx.op.WeightKind;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * How those who read a weight want its scales to lie. Where they read it in different ways, one of
 * them decides: codes that are dequantized before all readers serve every one.
 *
 * @param kind what it is to all who read it as a weight; empty where that is not the same
 * @param alone whether all readers read it as that kind, so that its layout may change with theirs
 * @param axes of the reader that decides
 * @param rank the weight's rank
 */
record WeightReading(Optional<WeightKind> kind, boolean alone, WeightAxes axes, int rank) {

  /** The reading of a weight; empty where nobody reads it as one that takes its rank. */
  static Optional<WeightReading> of(Weight weight) {
    int rank = weight.tensor().shape().rank();
    List<Seen> seen = new ArrayList<>();
    for (Weight.Use use : weight.uses()) {
      use.kind()
          .ifPresent(kind ->
              WeightAxes.of(use.node(), use.index(), rank)
                  .ifPresent(axes -> seen.add(new Seen(kind, axes))));
    }
    if (seen.isEmpty()) {
      return Optional.empty();
    }
    Seen first =
        seen.stream().filter(one -> one.kind().isProduct()).findFirst().orElse(seen.getFirst());
    boolean same = seen.stream().allMatch(first::equals);
    return Optional.of(
        new WeightReading(
            same ? Optional.of(first.kind()) : Optional.empty(),
            same && seen.size() == weight.uses().size(),
            first.axes(),
            rank));
  }

  /** What one reader sees. */
  private record Seen(WeightKind kind, WeightAxes axes) {}

  /** One reader, or all of them, read it as the second factor of a product, as it lies. */
  boolean isProduct() {
    return alone && kind.filter(WeightKind::isProduct).isPresent();
  }

  boolean is(WeightKind wanted) {
    return kind.equals(Optional.of(wanted));
  }

  /** Whether a reader takes a weight that is dequantized before it, whatever it does with it. */
  static boolean takesDequantized(Weight.Use use) {
    return switch (use.role()) {
      case InputRole.Weight _, InputRole.Activation _ -> true;
      case InputRole.Bias _, InputRole.Other _ -> true;
      case InputRole.Normalization _, InputRole.Statistic _, InputRole.Peephole _ -> false;
      case InputRole.State _, InputRole.Quantization _, InputRole.Shape _ -> false;
    };
  }
}
