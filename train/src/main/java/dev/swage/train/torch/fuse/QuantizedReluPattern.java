package dev.swage.train.torch.fuse;

import dev.swage.onnx.Node;
import dev.swage.train.quantize.FakeQuantize;
import java.util.List;
import java.util.Optional;

/**
 * A Relu before a quantizer whose smallest code stands for 0: codes end where the Relu does.
 * Gradients are the same, but for values of just 0.
 */
final class QuantizedReluPattern implements Pattern {
  @Override
  public Optional<Match> match(Node last, Values values) {
    if (!FakeQuantize.is(last) || !beginsAtZero(last, values)) {
      return Optional.empty();
    }
    String x = last.input(0);
    return values
        .producer(x, "Relu")
        .filter(relu -> values.isInner(x, List.of(last)))
        .map(relu -> new Match(List.of(relu, last), last.replaceInput(x, relu.input(0))));
  }

  /** A zero point that is trained may move away. */
  private static boolean beginsAtZero(Node quantizer, Values values) {
    FakeQuantize facts = FakeQuantize.of(quantizer);
    return !facts.weight()
        && !facts.observes()
        && !FakeQuantize.trains(quantizer, 2)
        && values.number(quantizer.input(2)).orElse(Double.NaN) == facts.scheme().qmin();
  }
}
