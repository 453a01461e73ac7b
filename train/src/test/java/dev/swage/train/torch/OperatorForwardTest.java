package dev.swage.train.torch;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The mathematical operators give what ONNX Runtime gives. */
final class OperatorForwardTest {
  @ParameterizedTest
  @MethodSource({
    "dev.swage.train.torch.ElementGradients#arithmetic",
    "dev.swage.train.torch.ElementGradients#functions",
    "dev.swage.train.torch.ElementGradients#activations",
    "dev.swage.train.torch.ElementGradients#fusedActivations",
    "dev.swage.train.torch.ReductionGradients#products",
    "dev.swage.train.torch.ReductionGradients#reductions",
    "dev.swage.train.torch.ReductionGradients#order",
    "dev.swage.train.torch.ReductionGradients#losses",
    "dev.swage.train.torch.NormGradients#batch",
    "dev.swage.train.torch.NormGradients#layers",
    "dev.swage.train.torch.NormGradients#channels",
    "dev.swage.train.torch.WindowGradients#convolutions",
    "dev.swage.train.torch.WindowGradients#deformable",
    "dev.swage.train.torch.WindowGradients#transposed",
    "dev.swage.train.torch.WindowGradients#maxima",
    "dev.swage.train.torch.WindowGradients#means",
    "dev.swage.train.torch.SamplingGradients#resizing",
    "dev.swage.train.torch.SamplingGradients#sampling",
    "dev.swage.train.torch.SamplingGradients#spectra",
    "dev.swage.train.torch.ForwardForms#pooling",
    "dev.swage.train.torch.ForwardForms#resizing",
    "dev.swage.train.torch.ForwardForms#ties",
    "dev.swage.train.torch.ForwardForms#earlier",
    "dev.swage.train.torch.ForwardForms#integers"
  })
  void outputs_are_those_of_onnx_runtime(GradientCase test) {
    ForwardCheck.run(test);
  }
}
