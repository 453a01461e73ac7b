package dev.swage.bench;

import dev.swage.onnx.OnnxModel;
import dev.swage.onnx.layer.Network;
import dev.swage.tensor.Shape;

/** The conv net of PyTorch's MNIST example, in our layer language. */
final class MnistNet {
  static final Shape IMAGE = Shape.of(1, 28, 28);

  private MnistNet() {}

  static OnnxModel build() {
    return Network.input("images", 1, 28, 28)
        .seed(1)
        .conv2d(32, 3)
        .relu()
        .conv2d(64, 3)
        .relu()
        .maxPool2d(2)
        .dropout(0.25)
        .flatten()
        .dense(128)
        .relu()
        .dropout(0.5)
        .dense(10)
        .build();
  }
}
