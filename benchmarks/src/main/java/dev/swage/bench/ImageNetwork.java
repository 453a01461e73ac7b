package dev.swage.bench;

import dev.swage.compress.QuantGoal;
import dev.swage.compress.plan.Objective;
import dev.swage.onnx.OnnxWriter;
import dev.swage.testkit.SharedData;
import dev.swage.testkit.onnx.LightModels;
import dev.swage.testkit.onnx.RandomWeights;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.OptionalDouble;

/**
 * A published image network in the shared data.
 *
 * @param name what it is called
 * @param origin the file in the shared data; an archive where {@code light}
 * @param light whether it has no weights, and gets seeded random ones
 * @param leastSpeedup of its static int8 over float32, as promised
 */
record ImageNetwork(String name, String origin, boolean light, double leastSpeedup) {
  private static final String PHOTOS =
      "random:1x3x224x224?n=8&dist=photo&mean=0.485,0.456,0.406&std=0.229,0.224,0.225";
  private static final String WIDE_PHOTOS =
      "random:1x3x240x320?n=16&dist=photo&scale=1&mean=127&std=128";
  private static final double MIN_SQNR = 25;

  static final List<ImageNetwork> ALL =
      List.of(
          light("resnet50", 2),
          light("vgg19", 2),
          light("squeezenet", 1),
          light("shufflenet", 1),
          light("densenet121", 1),
          light("inception_v1", 1),
          light("inception_v2", 1),
          trained("ultraface", "models/ultraface/version-RFB-320.onnx"),
          trained("ultraface, simplified", "models/ultraface/version-RFB-320_simplified.onnx"));

  private static ImageNetwork light(String name, double leastSpeedup) {
    return new ImageNetwork(name, LightModels.ARCHIVE, true, leastSpeedup);
  }

  private static ImageNetwork trained(String name, String file) {
    return new ImageNetwork(name, file, false, 1);
  }

  boolean isPresent() {
    return SharedData.find(origin).isPresent();
  }

  /** Data to calibrate on, normalized as the network wants them. */
  String samples() {
    return light ? PHOTOS : WIDE_PHOTOS;
  }

  /** Networks with real weights must keep their outputs. */
  QuantGoal goal(Objective objective) {
    return new QuantGoal(
        objective,
        light ? OptionalDouble.empty() : OptionalDouble.of(MIN_SQNR),
        OptionalDouble.empty(),
        false);
  }

  /** Writes the float model. */
  void write(Path target) throws IOException {
    Path from = SharedData.find(origin).orElseThrow();
    if (light) {
      OnnxWriter.write(RandomWeights.in(LightModels.read(from, name)), target);
    } else {
      Files.copy(from, target);
    }
  }
}
