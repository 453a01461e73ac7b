package dev.swage.train.torch;

import dev.swage.tensor.Shape;
import dev.swage.tensor.Tensor;
import java.util.List;
import java.util.stream.Stream;

/** Cases of resizing, sampling and spectra. */
final class SamplingGradients {
  private SamplingGradients() {}

  private static GradientCase resize(String mode, String coordinates) {
    return GradientCase.of("Resize")
        .set("mode", mode)
        .set("coordinate_transformation_mode", coordinates);
  }

  private static GradientCase scaled(GradientCase test, float... scales) {
    return test.none().fixed(Tensor.ofFloats(Shape.of(scales.length), scales));
  }

  static Stream<GradientCase> resizing() {
    List<String> coordinates =
        List.of(
            "half_pixel",
            "half_pixel_symmetric",
            "pytorch_half_pixel",
            "align_corners",
            "asymmetric");
    Stream<GradientCase> all =
        Stream.of("nearest", "linear", "cubic")
            .flatMap(mode ->
                coordinates.stream()
                    .flatMap(c ->
                        Stream.of(
                            scaled(resize(mode, c).x(1, 2, 3, 4), 1, 1, 2, 2),
                            scaled(resize(mode, c).x(1, 1, 5, 4), 1, 1, 0.6f, 1.7f),
                            resize(mode, c).x(1, 1, 4, 5).none().none().longs(1, 1, 3, 7))));
    return Stream.concat(
        all,
        Stream.of(
            scaled(resize("linear", "half_pixel").set("antialias", 1).x(1, 1, 6, 5), 1, 1, 0.4f, 2),
            scaled(
                resize("cubic", "half_pixel").set("exclude_outside", 1).x(1, 1, 5, 5), 1, 1, 2, 3),
            scaled(resize("linear", "half_pixel").x(2, 5), 1, 2),
            scaled(resize("linear", "half_pixel").x(1, 2, 5), 1, 1, 1.5f),
            scaled(resize("cubic", "half_pixel").x(1, 1, 3, 3, 2), 1, 1, 2, 1, 2),
            resize("linear", "tf_crop_and_resize")
                .x(1, 1, 4, 4)
                .fixed(Tensor.ofFloats(Shape.of(8), 0, 0, 0.2f, -0.3f, 1, 1, 0.8f, 1.1f))
                .none()
                .longs(1, 1, 3, 5),
            GradientCase.of("Upsample")
                .opset(9)
                .set("mode", "linear")
                .x(1, 1, 3, 3)
                .fixed(Tensor.ofFloats(Shape.of(4), 1, 1, 2, 2))));
  }

  static Stream<GradientCase> sampling() {
    Stream<GradientCase> grids =
        Stream.of("linear", "nearest", "cubic")
            .flatMap(mode ->
                Stream.of("zeros", "border", "reflection")
                    .flatMap(padding ->
                        Stream.of(0, 1)
                            .map(corners ->
                                GradientCase.of("GridSample")
                                    .set("mode", mode)
                                    .set("padding_mode", padding)
                                    .set("align_corners", corners)
                                    .x(1, 2, 4, 3)
                                    .x(x -> 0.9 * Math.tanh(x) + 0.01, 1, 2, 3, 2))));
    return Stream.concat(
        grids,
        Stream.of(
            GradientCase.of("GridSample")
                .x(1, 1, 3, 3, 2)
                .x(x -> 0.8 * Math.tanh(x), 1, 2, 2, 2, 3),
            GradientCase.of("AffineGrid").x(2, 2, 3).longs(2, 1, 3, 4),
            GradientCase.of("AffineGrid").set("align_corners", 1).x(1, 3, 4).longs(1, 1, 2, 3, 2)));
  }

  static Stream<GradientCase> spectra() {
    return Stream.of(
        GradientCase.of("DFT").x(2, 5, 1),
        GradientCase.of("DFT").x(2, 5, 2).none().longs(1),
        GradientCase.of("DFT").opset(17).set("onesided", 1).set("axis", 1).x(2, 6, 1),
        GradientCase.of("DFT").set("inverse", 1).x(2, 5, 2).longs(4).longs(-2),
        GradientCase.of("STFT").x(2, 12, 1).longs(3).x(4),
        GradientCase.of("STFT").set("onesided", 0).x(1, 12, 1).longs(2).none().longs(5));
  }
}
