package dev.swage.bench;

import dev.swage.onnx.OnnxModel;
import dev.swage.onnx.layer.Conv;
import dev.swage.onnx.layer.Network;
import dev.swage.tensor.Shape;

/**
 * ResNet-20 for images of 32 × 32 (He et al. 2015, section 4.2), in our layer language: three
 * stages of three blocks with 16, 32 and 64 channels; where the shape changes, the shortcut is a
 * convolution of one pixel.
 */
final class ResidualNet {
  static final Shape IMAGE = Shape.of(3, 32, 32);

  private static final int BLOCKS = 3;
  private static final int[] CHANNELS = {16, 32, 64};

  private ResidualNet() {}

  static OnnxModel build() {
    Network network = Network.input("images", 3, 32, 32).seed(1);
    convolve(network, CHANNELS[0], 1);
    network.relu();
    for (int channels : CHANNELS) {
      for (int i = 0; i < BLOCKS; i++) {
        block(network, channels, i == 0 && channels != CHANNELS[0]);
      }
    }
    return network.globalAveragePool().dense(10).build();
  }

  private static void block(Network network, int channels, boolean halves) {
    network
        .residual(
            body -> {
              convolve(body, channels, halves ? 2 : 1);
              body.relu();
              convolve(body, channels, 1);
            },
            shortcut -> {
              if (halves) {
                shortcut.conv2d(Conv.of(channels, 1).stride(2).withoutBias()).batchNorm();
              }
            })
        .relu();
  }

  private static void convolve(Network network, int channels, int stride) {
    network.conv2d(Conv.of(channels, 3).stride(stride).padding(1).withoutBias()).batchNorm();
  }
}
