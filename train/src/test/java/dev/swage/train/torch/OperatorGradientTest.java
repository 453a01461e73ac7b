package dev.swage.train.torch;

import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Gradients of the mathematical operators are slopes. */
final class OperatorGradientTest {
  static List<GradientCase> arithmetic() {
    return List.of(
        GradientCase.of("Add").x(2, 3).x(3),
        GradientCase.of("Mul").x(2, 1, 3).x(4, 1),
        GradientCase.of("Div").x(2, 3).positive(2, 1),
        GradientCase.of("Sqrt").positive(0, 3),
        GradientCase.of("Sqrt").positive(4));
  }

  @ParameterizedTest
  @MethodSource("arithmetic")
  void of_arithmetic(GradientCase test) {
    GradientCheck.run(test);
  }
}
