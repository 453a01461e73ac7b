package dev.swage.train.torch;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The operators that move, attend and quantize give what ONNX Runtime gives. */
final class MovingForwardTest {
  @ParameterizedTest
  @MethodSource({
    "dev.swage.train.torch.MovingGradientTest#layouts",
    "dev.swage.train.torch.MovingGradientTest#joins",
    "dev.swage.train.torch.MovingGradientTest#selections",
    "dev.swage.train.torch.AttentionGradientTest#standard",
    "dev.swage.train.torch.AttentionGradientTest#contributed",
    "dev.swage.train.torch.AttentionForms#masks",
    "dev.swage.train.torch.AttentionForms#groups",
    "dev.swage.train.torch.QuantizationGradientTest#cases",
    "dev.swage.train.torch.CodeForms#linear",
    "dev.swage.train.torch.CodeForms#products",
    "dev.swage.train.torch.CodeForms#convolutions",
    "dev.swage.train.torch.CodeForms#packed",
    "dev.swage.train.torch.CodeForms#integers"
  })
  void outputs_are_those_of_onnx_runtime(GradientCase test) {
    ForwardCheck.run(test);
  }
}
