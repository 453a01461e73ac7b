package dev.swage.train.torch.fuse;

import dev.swage.onnx.Node;
import dev.swage.onnx.op.OperatorFacts;
import dev.swage.train.quantize.FakeQuantize;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * A quantizer of values that come from the same quantizer, moved or chosen: they are codes already,
 * so that it changes neither a value nor a gradient.
 */
final class RepeatedQuantizerPattern implements Pattern {
  @Override
  public Optional<Match> match(Node last, Values values) {
    if (!FakeQuantize.is(last) || FakeQuantize.of(last).weight()) {
      return Optional.empty();
    }
    String value = last.input(0);
    Optional<Node> before = values.producer(value);
    while (before.filter(RepeatedQuantizerPattern::keepsValues).isPresent()) {
      value = before.get().input(0);
      before = values.producer(value);
    }
    return before
        .filter(node -> isSame(node, last))
        .map(node ->
            new Match(
                List.of(last),
                new Node(
                    last.name(),
                    "Identity",
                    "",
                    List.of(last.input(0)),
                    last.outputs(),
                    Map.of())));
  }

  private static boolean keepsValues(Node node) {
    return node.is("MaxPool") || OperatorFacts.of(node).movesValues();
  }

  private static boolean isSame(Node first, Node second) {
    return FakeQuantize.is(first)
        && first.inputs().stream()
            .skip(1)
            .toList()
            .equals(second.inputs().stream().skip(1).toList())
        && FakeQuantize.of(first).equals(FakeQuantize.of(second));
  }
}
