package dev.swage.bench.djl;

import ai.djl.ndarray.NDList;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Activation;
import ai.djl.nn.Block;
import ai.djl.nn.Blocks;
import ai.djl.nn.ParallelBlock;
import ai.djl.nn.SequentialBlock;
import ai.djl.nn.convolutional.Conv2d;
import ai.djl.nn.core.Linear;
import ai.djl.nn.norm.BatchNorm;
import ai.djl.nn.norm.Dropout;
import ai.djl.nn.pooling.Pool;
import java.util.List;

/** The networks of the training benchmarks as DJL's blocks. */
enum Networks {
  /** The conv net of PyTorch's MNIST example. */
  MNIST(new Shape(1, 28, 28)) {
    @Override
    Block block() {
      return new SequentialBlock()
          .add(Conv2d.builder().setKernelShape(new Shape(3, 3)).setFilters(32).build())
          .add(Activation.reluBlock())
          .add(Conv2d.builder().setKernelShape(new Shape(3, 3)).setFilters(64).build())
          .add(Activation.reluBlock())
          .add(Pool.maxPool2dBlock(new Shape(2, 2), new Shape(2, 2)))
          .add(Dropout.builder().optRate(0.25f).build())
          .add(Blocks.batchFlattenBlock())
          .add(Linear.builder().setUnits(128).build())
          .add(Activation.reluBlock())
          .add(Dropout.builder().optRate(0.5f).build())
          .add(Linear.builder().setUnits(10).build());
    }
  },

  /** ResNet-20 for small images. */
  RESNET20(new Shape(3, 32, 32)) {
    @Override
    Block block() {
      SequentialBlock net = new SequentialBlock();
      net.add(convolution(16, 3, 1)).add(BatchNorm.builder().build()).add(Activation.reluBlock());
      for (int channels = 16; channels <= 64; channels *= 2) {
        for (int i = 0; i < 3; i++) {
          net.add(residual(channels, i == 0 && channels > 16));
        }
      }
      return net.add(Pool.globalAvgPool2dBlock())
          .add(Blocks.batchFlattenBlock())
          .add(Linear.builder().setUnits(10).build());
    }
  };

  private final Shape image;

  Networks(Shape image) {
    this.image = image;
  }

  abstract Block block();

  /** The shape of so many images. */
  Shape images(long count) {
    return new Shape(count).addAll(image);
  }

  int pixels() {
    return Math.toIntExact(image.size());
  }

  private static Block residual(int channels, boolean halves) {
    SequentialBlock body =
        new SequentialBlock()
            .add(convolution(channels, 3, halves ? 2 : 1))
            .add(BatchNorm.builder().build())
            .add(Activation.reluBlock())
            .add(convolution(channels, 3, 1))
            .add(BatchNorm.builder().build());
    Block shortcut =
        halves
            ? new SequentialBlock()
                .add(convolution(channels, 1, 2))
                .add(BatchNorm.builder().build())
            : Blocks.identityBlock();
    return new SequentialBlock()
        .add(new ParallelBlock(Networks::sum, List.of(body, shortcut)))
        .add(Activation.reluBlock());
  }

  private static NDList sum(List<NDList> sides) {
    return new NDList(sides.get(0).singletonOrThrow().add(sides.get(1).singletonOrThrow()));
  }

  private static Conv2d convolution(int filters, int kernel, int stride) {
    return Conv2d.builder()
        .setKernelShape(new Shape(kernel, kernel))
        .optStride(new Shape(stride, stride))
        .optPadding(new Shape(kernel / 2, kernel / 2))
        .optBias(false)
        .setFilters(filters)
        .build();
  }
}
