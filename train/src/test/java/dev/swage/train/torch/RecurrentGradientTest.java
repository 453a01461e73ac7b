package dev.swage.train.torch;

import dev.swage.onnx.Attribute;
import dev.swage.tensor.Shape;
import dev.swage.tensor.Tensor;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Gradients of recurrent layers in their forms are slopes. */
final class RecurrentGradientTest {
  private static final Tensor LENGTHS = Tensor.ofInts(Shape.of(2), 3, 1);

  /** Two sequences of three steps, three numbers each, and a state of two. */
  private static GradientCase layer(String operator, int gates, int directions) {
    return GradientCase.of(operator)
        .set("hidden_size", 2)
        .set("direction", directions == 2 ? "bidirectional" : "reverse")
        .outputs(operator.equals("LSTM") ? 3 : 2)
        .x(3, 2, 3)
        .x(directions, 2L * gates, 3)
        .x(directions, 2L * gates, 2)
        .x(directions, 4L * gates);
  }

  static Stream<GradientCase> forms() {
    List<GradientCase> forms = new ArrayList<>();
    forms.add(layer("RNN", 1, 2));
    forms.add(layer("GRU", 3, 1).set("linear_before_reset", 1));
    forms.add(layer("GRU", 3, 2).fixed(LENGTHS).x(2, 2, 2));
    forms.add(layer("LSTM", 4, 1));
    forms.add(layer("LSTM", 4, 1).fixed(LENGTHS).x(1, 2, 2).x(1, 2, 2).x(1, 6));
    forms.add(layer("LSTM", 4, 1).set("input_forget", 1));
    forms.add(layer("LSTM", 4, 2).set("clip", 0.6f));
    for (String name : List.of("LeakyRelu", "Elu", "Affine", "ScaledTanh", "HardSigmoid")) {
      forms.add(
          layer("RNN", 1, 1).attribute("activations", new Attribute.StringsValue(List.of(name))));
    }
    return forms.stream();
  }

  @ParameterizedTest
  @MethodSource("forms")
  void of_recurrent_layers(GradientCase test) {
    GradientCheck.run(test);
  }
}
