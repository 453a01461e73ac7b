package dev.swage.bench;

import dev.swage.clip.ParameterInfo;
import dev.swage.tensor.Shape;
import java.util.ArrayList;
import java.util.List;

/** The parameters of well-known networks, by name and shape. */
final class NetworkShapes {
  private final List<ParameterInfo> parameters = new ArrayList<>();

  private NetworkShapes() {}

  /**
   * A transformer language model: one very large tensor, many of a quarter to one million elements,
   * many of a few hundred.
   */
  static List<ParameterInfo> transformer(int vocabulary, int width, int blocks) {
    NetworkShapes net = new NetworkShapes();
    net.add("embedding", "weight", vocabulary, width);
    for (int i = 0; i < blocks; i++) {
      String block = "block" + i;
      net.addLinear(block + ".attention", 3 * width, width);
      net.addLinear(block + ".projection", width, width);
      net.addLinear(block + ".expand", 4 * width, width);
      net.addLinear(block + ".contract", width, 4 * width);
      net.addNormalization(block + ".norm1", width);
      net.addNormalization(block + ".norm2", width);
    }
    return net.parameters;
  }

  /**
   * A ResNet of bottleneck blocks; ResNet-50 has width 64 and 3, 4, 6 and 3 blocks in its stages.
   */
  static List<ParameterInfo> resNet(int width, int classes, int... blocks) {
    NetworkShapes net = new NetworkShapes();
    net.addConvolution("stem", width, 3, 7);
    int in = width;
    for (int stage = 0; stage < blocks.length; stage++) {
      int inner = width << stage;
      for (int i = 0; i < blocks[stage]; i++) {
        String block = "stage%d.block%d".formatted(stage, i);
        net.addConvolution(block + ".reduce", inner, in, 1);
        net.addConvolution(block + ".convolve", inner, inner, 3);
        net.addConvolution(block + ".expand", 4 * inner, inner, 1);
        if (i == 0) {
          net.addConvolution(block + ".shortcut", 4 * inner, in, 1);
        }
        in = 4 * inner;
      }
    }
    int head = net.parameters.size();
    net.addLinear("classify", classes, in);
    net.parameters.subList(head, head + 2).replaceAll(ParameterInfo::asHead);
    return net.parameters;
  }

  private void addLinear(String layer, int out, int in) {
    add(layer, "weight", out, in);
    add(layer, "bias", out);
  }

  private void addConvolution(String layer, int out, int in, int kernel) {
    add(layer, "weight", out, in, kernel, kernel);
    addNormalization(layer + ".norm", out);
  }

  private void addNormalization(String layer, int width) {
    add(layer, "weight", width);
    add(layer, "bias", width);
  }

  private void add(String layer, String name, long... shape) {
    parameters.add(ParameterInfo.of(layer + "." + name, layer, Shape.of(shape)));
  }
}
