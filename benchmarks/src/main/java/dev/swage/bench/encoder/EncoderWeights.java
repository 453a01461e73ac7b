package dev.swage.bench.encoder;

import dev.swage.bench.DirectWeights;
import dev.swage.tensor.Shape;
import dev.swage.train.torch.lib.TensorBridge;
import java.util.function.Supplier;
import org.bytedeco.pytorch.GeneratorOptional;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorVector;
import org.bytedeco.pytorch.global.torch;

/** Where the network that is written on libtorch has its weights from. */
interface EncoderWeights {
  /** A weight by the name it has in the exported file. */
  Tensor get(String name, long... shape);

  /** The weight {@code [outputs, inputs]} of the linear layer with this bias. */
  Tensor linear(String bias, long... shape);

  /** All that were given. */
  TensorVector all();

  /** Those of an exported model. */
  static EncoderWeights of(DirectWeights weights) {
    return new EncoderWeights() {
      @Override
      public Tensor get(String name, long... shape) {
        return checked(name, weights.take(name), shape);
      }

      @Override
      public Tensor linear(String bias, long... shape) {
        return checked(bias, weights.takeBefore(bias), shape);
      }

      @Override
      public TensorVector all() {
        return weights.all();
      }
    };
  }

  /** Random ones, for a process that never reads a file. */
  static EncoderWeights random() {
    TensorVector all = new TensorVector();
    return new EncoderWeights() {
      @Override
      public Tensor get(String name, long... shape) {
        return add(() -> torch.zeros(shape).normal_(0, 0.02, new GeneratorOptional()));
      }

      @Override
      public Tensor linear(String bias, long... shape) {
        return get(bias, shape);
      }

      @Override
      public TensorVector all() {
        return all;
      }

      private Tensor add(Supplier<Tensor> draw) {
        Tensor tensor = draw.get().set_requires_grad(true);
        all.push_back(tensor);
        return tensor;
      }
    };
  }

  private static Tensor checked(String name, Tensor tensor, long... shape) {
    if (!TensorBridge.shape(tensor).equals(Shape.of(shape))) {
      throw new IllegalStateException(
          "%s is %s, expected %s".formatted(name, TensorBridge.shape(tensor), Shape.of(shape)));
    }
    return tensor;
  }
}
