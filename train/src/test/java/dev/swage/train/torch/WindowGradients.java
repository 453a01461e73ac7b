package dev.swage.train.torch;

import dev.swage.tensor.Shape;
import dev.swage.tensor.Tensor;
import java.util.stream.Stream;

/** Cases of convolution and pooling. */
final class WindowGradients {
  private WindowGradients() {}

  static Stream<GradientCase> convolutions() {
    GradientCase conv = GradientCase.of("Conv");
    return Stream.of(
        conv.x(2, 3, 7).x(4, 3, 3).x(4),
        conv.x(1, 2, 5, 4).x(3, 2, 3, 2),
        conv.x(1, 2, 4, 3, 4).x(2, 2, 2, 2, 2).x(2),
        conv.set("group", 2).ints("strides", 2, 1).x(1, 4, 5, 4).x(6, 2, 2, 2).x(6),
        conv.set("group", 4).x(1, 4, 5, 4).x(4, 1, 2, 2),
        conv.ints("dilations", 2, 2).ints("pads", 1, 1, 1, 1).x(1, 2, 5, 5).x(2, 2, 3, 3),
        conv.ints("pads", 2, 0, 1, 3).x(1, 2, 4, 4).x(2, 2, 3, 3).x(2),
        conv.set("auto_pad", "SAME_UPPER").ints("strides", 2, 2).x(1, 1, 5, 6).x(2, 1, 4, 3),
        conv.set("auto_pad", "SAME_LOWER").x(1, 1, 5, 6).x(2, 1, 2, 4),
        conv.set("auto_pad", "VALID").x(1, 1, 5).x(2, 1, 2),
        conv.x(0, 2, 5).x(3, 2, 2),
        ElementGradients.ofMicrosoft("FusedConv")
            .set("activation", "Tanh")
            .x(1, 2, 4, 4)
            .x(2, 2, 3, 3)
            .x(2)
            .x(1, 2, 2, 2));
  }

  static Stream<GradientCase> deformable() {
    GradientCase conv = GradientCase.of("DeformConv");
    return Stream.of(
        conv.x(1, 2, 4, 4).x(3, 2, 2, 2).x(x -> 0.2 * Math.tanh(x) + 0.3, 1, 8, 3, 3),
        conv.set("group", 2)
            .set("offset_group", 2)
            .ints("strides", 2, 1)
            .ints("dilations", 1, 2)
            .ints("pads", 1, 0, 0, 1)
            .x(2, 4, 4, 5)
            .x(4, 2, 2, 2)
            .x(x -> 0.2 * Math.tanh(x) - 0.4, 2, 16, 2, 4)
            .x(4)
            .x(2, 8, 2, 4));
  }

  static Stream<GradientCase> transposed() {
    GradientCase conv = GradientCase.of("ConvTranspose");
    return Stream.of(
        conv.x(1, 2, 4).x(2, 3, 3).x(3),
        conv.ints("strides", 2, 2).ints("output_padding", 1, 1).x(1, 2, 3, 3).x(2, 2, 3, 3).x(2),
        conv.ints("strides", 3, 2).ints("output_shape", 10, 8).x(1, 1, 3, 3).x(1, 2, 3, 3),
        conv.ints("pads", 1, 0, 2, 1).x(1, 2, 4, 4).x(2, 2, 3, 3).x(2),
        conv.set("group", 2).ints("dilations", 2, 1).x(1, 4, 3, 3).x(4, 2, 2, 2).x(4),
        conv.set("auto_pad", "SAME_UPPER").ints("strides", 2, 2).x(1, 1, 3, 3).x(1, 2, 3, 3),
        conv.set("auto_pad", "SAME_LOWER").ints("strides", 2, 2).x(1, 1, 3, 3).x(1, 2, 3, 3),
        conv.ints("output_padding", 2).ints("strides", 2).x(1, 1, 3).x(1, 2, 2).x(2),
        conv.x(1, 2, 2, 3, 2).x(2, 1, 2, 2, 2));
  }

  static Stream<GradientCase> maxima() {
    GradientCase pool = GradientCase.of("MaxPool");
    return Stream.of(
        pool.ints("kernel_shape", 3).spread(1, 2, 7),
        pool.ints("kernel_shape", 2, 2).ints("strides", 2, 2).spread(1, 2, 5, 4),
        pool.ints("kernel_shape", 2, 2)
            .set("ceil_mode", 1)
            .ints("strides", 2, 2)
            .spread(1, 1, 5, 5),
        pool.ints("kernel_shape", 2, 2, 2).spread(1, 1, 3, 3, 4),
        pool.ints("kernel_shape", 3, 3).ints("pads", 1, 1, 1, 1).spread(1, 2, 4, 4),
        pool.ints("kernel_shape", 3, 3).ints("pads", 2, 0, 1, 2).spread(1, 2, 4, 4).outputs(2),
        pool.ints("kernel_shape", 2, 2).ints("dilations", 2, 2).spread(1, 1, 5, 5),
        pool.ints("kernel_shape", 3)
            .ints("pads", 0, 2)
            .ints("strides", 2)
            .set("ceil_mode", 1)
            .spread(1, 2, 6),
        pool.ints("kernel_shape", 2, 2).x(0, 2, 4, 4),
        pool.ints("kernel_shape", 2, 3).set("auto_pad", "SAME_LOWER").spread(1, 1, 4, 4),
        GradientCase.of("GlobalMaxPool").spread(2, 2, 3, 2),
        GradientCase.of("MaxUnpool")
            .ints("kernel_shape", 2, 2)
            .ints("strides", 2, 2)
            .x(1, 1, 2, 2)
            .fixed(Tensor.ofLongs(Shape.of(1, 1, 2, 2), 1, 3, 8, 14)));
  }

  static Stream<GradientCase> means() {
    GradientCase pool = GradientCase.of("AveragePool");
    Stream<GradientCase> averages =
        Stream.of(
                pool.ints("kernel_shape", 3).x(1, 2, 7),
                pool.ints("kernel_shape", 2, 2).ints("strides", 2, 2).x(1, 2, 5, 4),
                pool.ints("kernel_shape", 3, 3).ints("pads", 1, 1, 1, 1).x(1, 2, 4, 4),
                pool.ints("kernel_shape", 3, 2).ints("pads", 2, 0, 1, 1).x(1, 2, 4, 4),
                pool.ints("kernel_shape", 2, 2).ints("dilations", 2, 2).x(1, 1, 5, 5),
                pool.ints("kernel_shape", 3, 3)
                    .ints("strides", 2, 2)
                    .ints("pads", 1, 0, 2, 1)
                    .set("ceil_mode", 1)
                    .x(1, 1, 4, 6),
                pool.ints("kernel_shape", 2, 2, 2).ints("pads", 1, 0, 0, 0, 1, 1).x(1, 1, 3, 3, 3),
                pool.ints("kernel_shape", 3, 3).set("auto_pad", "SAME_UPPER").x(1, 1, 4, 4))
            .flatMap(test -> Stream.of(test, test.set("count_include_pad", 1)));
    GradientCase lp = GradientCase.of("LpPool");
    return Stream.concat(
        averages,
        Stream.of(
            pool.ints("kernel_shape", 2, 2).x(0, 2, 4, 4),
            lp.ints("kernel_shape", 2, 2).x(1, 2, 4, 3),
            lp.ints("kernel_shape", 2).set("p", 1).ints("pads", 1, 0).spread(1, 2, 5),
            lp.ints("kernel_shape", 2, 2).set("p", 3).ints("dilations", 2, 1).x(1, 1, 4, 4),
            GradientCase.of("GlobalAveragePool").x(2, 3, 4),
            GradientCase.of("GlobalAveragePool").x(2, 3, 2, 3),
            GradientCase.of("GlobalLpPool").x(2, 3, 2, 3),
            GradientCase.of("GlobalLpPool").set("p", 3).x(2, 3, 4)));
  }
}
