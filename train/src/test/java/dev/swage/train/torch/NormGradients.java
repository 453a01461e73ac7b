package dev.swage.train.torch;

import dev.swage.tensor.Shape;
import java.util.stream.Stream;

/** Cases of normalizations. */
final class NormGradients {
  private static final double[] MEANS = {0.3, -0.2, 0.1};
  private static final double[] VARIANCES = {0.6, 1.4, 0.9};

  private NormGradients() {}

  static Stream<GradientCase> batch() {
    GradientCase batch = GradientCase.of("BatchNormalization");
    return Stream.of(
        running(batch.x(4, 3).x(3).x(3)),
        running(batch.x(2, 3, 2, 2).x(3).x(3)),
        running(batch.evaluated().x(2, 3, 4).x(3).x(3)),
        running(batch.evaluated().x(1, 3, 2, 2, 2).x(3).x(3)),
        running(batch.opset(8).set("spatial", 0).x(4, 3, 1).x(3, 1).x(3, 1)),
        GradientCase.of("Dropout").x(3, 40),
        GradientCase.of("Dropout").outputs(2).x(3, 4).given(false, Shape.of(), 0.2),
        GradientCase.of("Dropout").evaluated().x(3, 4),
        running(batch.evaluated().x(0, 3, 4).x(3).x(3)),
        running(batch.opset(9).evaluated().set("epsilon", 0.1f).x(2, 3).x(3).x(3)));
  }

  private static GradientCase running(GradientCase test) {
    return test.given(false, Shape.of(3), MEANS).given(false, Shape.of(3), VARIANCES);
  }

  static Stream<GradientCase> layers() {
    return Stream.of(
        GradientCase.of("LayerNormalization").x(2, 3, 4).x(4).x(4),
        GradientCase.of("LayerNormalization").set("axis", 1).x(2, 3, 4).x(3, 4),
        GradientCase.of("LayerNormalization").set("axis", -2).x(2, 3, 4).x(4).x(3, 1),
        GradientCase.of("LayerNormalization").outputs(3).set("axis", 1).x(2, 3, 4).x(3, 4).x(3, 4),
        GradientCase.of("LayerNormalization").x(0, 4).x(4).x(4),
        GradientCase.of("RMSNormalization").opset(23).x(2, 3, 4).x(4),
        GradientCase.of("RMSNormalization").opset(23).set("axis", 1).x(2, 3, 4).x(3, 4),
        GradientCase.of("SimplifiedLayerNormalization").outputs(2).x(2, 4).x(4),
        ElementGradients.ofMicrosoft("SkipLayerNormalization").x(2, 3, 4).x(2, 3, 4).x(4),
        ElementGradients.ofMicrosoft("SkipLayerNormalization")
            .outputs("y0", "", "", "y3")
            .x(2, 3, 4)
            .x(2, 3, 4)
            .x(4)
            .x(4)
            .x(4),
        ElementGradients.ofMicrosoft("SkipLayerNormalization")
            .outputs(4)
            .x(2, 3, 4)
            .x(3, 4)
            .x(4)
            .x(4)
            .x(4),
        ElementGradients.ofMicrosoft("SkipSimplifiedLayerNormalization")
            .outputs("y0", "", "", "y3")
            .x(2, 3, 4)
            .x(2, 3, 4)
            .x(4),
        ElementGradients.ofMicrosoft("SkipSimplifiedLayerNormalization")
            .outputs("y0", "", "y2", "y3")
            .x(2, 3, 4)
            .x(2, 3, 4)
            .x(4)
            .x(4));
  }

  static Stream<GradientCase> channels() {
    return Stream.of(
        GradientCase.of("InstanceNormalization").x(2, 3, 4).x(3).x(3),
        GradientCase.of("InstanceNormalization").x(2, 3, 2, 2).x(3).x(3),
        GradientCase.of("GroupNormalization").set("num_groups", 2).x(2, 4, 3).x(4).x(4),
        GradientCase.of("GroupNormalization").opset(18).set("num_groups", 2).x(2, 4, 3).x(2).x(2),
        GradientCase.of("LpNormalization").x(2, 3),
        GradientCase.of("LpNormalization").set("p", 1).set("axis", 0).spread(2, 3),
        GradientCase.of("MeanVarianceNormalization").x(2, 3, 2, 2),
        GradientCase.of("MeanVarianceNormalization").ints("axes", -1).x(2, 3, 4),
        GradientCase.of("LRN").set("size", 3).set("alpha", 0.5f).x(2, 5, 2, 2),
        GradientCase.of("LRN").set("size", 4).set("alpha", 0.5f).set("bias", 2f).x(1, 5, 3));
  }
}
