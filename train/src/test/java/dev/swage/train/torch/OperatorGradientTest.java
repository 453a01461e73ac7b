package dev.swage.train.torch;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Gradients of the mathematical operators are slopes. */
final class OperatorGradientTest {
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
    "dev.swage.train.torch.SamplingGradients#spectra"
  })
  void gradients_are_slopes(GradientCase test) {
    GradientCheck.run(test);
  }
}
