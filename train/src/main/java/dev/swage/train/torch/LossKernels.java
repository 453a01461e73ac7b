package dev.swage.train.torch;

import dev.swage.data.DataException;
import dev.swage.tensor.DType;
import dev.swage.tensor.Shape;
import dev.swage.train.torch.TorchLoss.Scale;
import dev.swage.train.torch.lib.TensorBridge;
import java.lang.foreign.MemorySegment;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.ScalarOptional;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.ScalarType;

/** Computes losses, and counts what was classified correctly. */
final class LossKernels {
  private static final long MEAN = 1; // at::Reduction::Mean

  private LossKernels() {}

  /** The targets in the type and shape this loss computes with. */
  static Tensor targets(TorchLoss loss, dev.swage.tensor.Tensor host, Tensor output) {
    Tensor target = TensorBridge.upload(host);
    if (loss instanceof TorchLoss.CrossEntropy || loss instanceof TorchLoss.SequenceCrossEntropy) {
      if (!host.dtype().isInteger()) {
        throw new DataException(
            "cross-entropy needs class numbers (INT64) as targets, got " + host);
      }
      return host.dtype() == DType.INT64 ? target : target.to(ScalarType.Long);
    }
    if (target.numel() != output.numel()) {
      throw new DataException(
          "targets %s do not fit the model's output %s: they need as many elements"
              .formatted(host.shape(), TensorBridge.shape(output)));
    }
    Tensor floats = host.dtype() == DType.FLOAT32 ? target : target.to(ScalarType.Float);
    return floats.reshape(TensorBridge.dims(output));
  }

  /**
   * The loss as a scalar that can be differentiated.
   *
   * @throws DataException when output and targets do not go together
   */
  static Tensor compute(TorchLoss loss, Tensor output, Tensor target) {
    try {
      return computed(loss, output, target);
    } catch (RuntimeException e) { // how libtorch's errors arrive: many lines, the first says what
      throw new DataException(
          "no loss of output %s with targets %s: %s"
              .formatted(
                  TensorBridge.shape(output),
                  TensorBridge.shape(target),
                  String.valueOf(e.getMessage()).lines().findFirst().orElse("")),
          e);
    }
  }

  private static Tensor computed(TorchLoss loss, Tensor output, Tensor target) {
    return switch (loss) {
      case TorchLoss.BinaryCrossEntropy l ->
          l.scale() == Scale.LOGIT
              ? binaryOnLogits(output, target)
              : torch.binary_cross_entropy(output, target);
      case TorchLoss.CrossEntropy l -> crossEntropy(l, output, target);
      case TorchLoss.SequenceCrossEntropy _ -> sequence(output, target);
      case TorchLoss.SquaredError _ -> torch.mse_loss(output, target);
      case TorchLoss.Huber l -> torch.huber_loss(output, target, MEAN, l.delta());
    };
  }

  /**
   * {@code ln(1 + exp(x)) − t·x}, the binary cross-entropy of logits: exact for all x, and made of
   * operators that stay on one thread for small batches, unlike libtorch's own.
   */
  private static Tensor binaryOnLogits(Tensor output, Tensor target) {
    return torch.softplus(output).sub(output.mul(target)).mean();
  }

  private static Tensor sequence(Tensor output, Tensor target) {
    if (output.dim() != 3
        || target.dim() != 2
        || output.size(0) != target.size(0)
        || output.size(1) != target.size(1)) {
      throw new IllegalArgumentException("expected [n, steps, classes] and [n, steps]");
    }
    return torch.cross_entropy_loss(output.flatten(0, 1), target.flatten(0, 1));
  }

  private static Tensor crossEntropy(TorchLoss.CrossEntropy loss, Tensor output, Tensor target) {
    if (loss.isPlain() && loss.scale() == Scale.LOGIT) {
      return torch.cross_entropy_loss(output, target);
    }
    Tensor logs =
        switch (loss.scale()) {
          case LOGIT -> torch.log_softmax(output, 1);
          case LOG_PROBABILITY -> output;
          case PROBABILITY -> {
            ScalarOptional smallest = new ScalarOptional(new Scalar(Float.MIN_NORMAL));
            yield torch.log(torch.clamp(output, smallest));
          }
        };
    return loss.isPlain() ? torch.nll_loss_nd(logs, target) : BalancedLoss.of(loss, logs, target);
  }

  /**
   * How many labels the largest output, or its side of probability ½, agrees with; 0 for losses
   * that do not classify. Read on the host: cheaper than five operators for one number.
   */
  static long correct(TorchLoss loss, Tensor output, dev.swage.tensor.Tensor labels) {
    return switch (loss) {
      case TorchLoss.BinaryCrossEntropy l -> {
        float threshold = l.scale() == Scale.LOGIT ? 0 : 0.5f;
        yield correctSides(TensorBridge.floats(output), threshold, labels);
      }
      case TorchLoss.CrossEntropy _ -> correctClasses(output, labels);
      case TorchLoss.SequenceCrossEntropy _ -> correctClasses(output.flatten(0, 1), labels);
      case TorchLoss.SquaredError _ -> 0;
      case TorchLoss.Huber _ -> 0;
    };
  }

  private static long correctSides(
      MemorySegment output, float threshold, dev.swage.tensor.Tensor labels) {
    long correct = 0;
    for (long i = 0; i < labels.shape().elements(); i++) {
      boolean one = output.get(dev.swage.tensor.Tensor.LE_FLOAT, i * 4) > threshold;
      correct += label(labels, i) == (one ? 1 : 0) ? 1 : 0;
    }
    return correct;
  }

  /** Classes lie on axis 1. */
  private static long correctClasses(Tensor output, dev.swage.tensor.Tensor labels) {
    MemorySegment values = TensorBridge.floats(output);
    Shape shape = TensorBridge.shape(output);
    long classes = shape.dim(1);
    long inner = shape.inner(1);
    long correct = 0;
    for (long i = 0; i < labels.shape().elements(); i++) {
      long first = (i / inner) * classes * inner + i % inner;
      long best = 0;
      float largest = Float.NEGATIVE_INFINITY;
      for (long c = 0; c < classes; c++) {
        float value = values.get(dev.swage.tensor.Tensor.LE_FLOAT, (first + c * inner) * 4);
        if (value > largest) {
          largest = value;
          best = c;
        }
      }
      correct += label(labels, i) == best ? 1 : 0;
    }
    return correct;
  }

  private static double label(dev.swage.tensor.Tensor labels, long index) {
    return switch (labels.dtype()) {
      case INT64 -> labels.data().get(dev.swage.tensor.Tensor.LE_LONG, index * 8);
      case INT32 -> labels.data().get(dev.swage.tensor.Tensor.LE_INT, index * 4);
      case FLOAT32 -> labels.getFloat(index);
      default ->
          throw new DataException("labels must be INT64, INT32 or FLOAT32, got " + labels.dtype());
    };
  }
}
