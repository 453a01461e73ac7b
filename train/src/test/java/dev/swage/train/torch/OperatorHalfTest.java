package dev.swage.train.torch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.swage.tensor.DType;
import dev.swage.tensor.Tensor;
import dev.swage.train.torch.lib.TensorBridge;
import java.util.List;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** In 16-bit floats the operators give what they give in float32, rounded. */
final class OperatorHalfTest {
  @ParameterizedTest
  @MethodSource({
    "dev.swage.train.torch.ElementGradients#arithmetic",
    "dev.swage.train.torch.ElementGradients#functions",
    "dev.swage.train.torch.ElementGradients#activations",
    "dev.swage.train.torch.ReductionGradients#products",
    "dev.swage.train.torch.ReductionGradients#reductions",
    "dev.swage.train.torch.ReductionGradients#order",
    "dev.swage.train.torch.ReductionGradients#losses",
    "dev.swage.train.torch.NormGradients#batch",
    "dev.swage.train.torch.NormGradients#layers",
    "dev.swage.train.torch.NormGradients#channels",
    "dev.swage.train.torch.WindowGradients#convolutions",
    "dev.swage.train.torch.WindowGradients#transposed",
    "dev.swage.train.torch.WindowGradients#maxima",
    "dev.swage.train.torch.WindowGradients#means",
    "dev.swage.train.torch.ElementGradients#fusedActivations",
    "dev.swage.train.torch.SamplingGradients#resizing",
    "dev.swage.train.torch.SamplingGradients#sampling"
  })
  void bfloat16_and_float16_are_rounded_float32(GradientCase test) {
    hold(test, DType.FLOAT16, 0x1p-8);
    hold(test, DType.BFLOAT16, 0x1p-5);
  }

  private static void hold(GradientCase test, DType type, double tolerance) {
    List<double[]> expected = outputs(test.inFloats(type).inFloats(DType.FLOAT32), DType.FLOAT32);
    List<double[]> got = outputs(test.inFloats(type), type);
    for (int i = 0; i < expected.size(); i++) {
      for (int at = 0; at < expected.get(i).length; at++) {
        double wanted = expected.get(i)[at];
        assertThat(got.get(i)[at])
            .as("%s in %s: output %d, element %d", test, type, i, at)
            .isCloseTo(wanted, within(tolerance * (1 + Math.abs(wanted))));
      }
    }
  }

  private static List<double[]> outputs(GradientCase test, DType type) {
    List<Tensor> inputs = test.inputs().stream().flatMap(input -> input.fed().stream()).toList();
    try (TorchSession session = TorchSession.open(test.model(), TorchSession.Head.OUTPUT, 0)) {
      List<Tensor> outputs = session.outputs(inputs);
      assertThat(outputs.getFirst().dtype()).as("%s", test).isEqualTo(type);
      return outputs.stream().map(OperatorHalfTest::doubles).toList();
    }
  }

  private static double[] doubles(Tensor tensor) {
    try (PointerScope _ = new PointerScope()) {
      return TensorBridge.download(TensorBridge.upload(tensor).to(ScalarType.Double))
          .data()
          .toArray(Tensor.LE_DOUBLE);
    }
  }
}
