package dev.swage.train.torch;

import dev.swage.data.DataException;
import dev.swage.tensor.DType;
import dev.swage.train.torch.TorchLoss.Scale;
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
    if (loss instanceof TorchLoss.CrossEntropy) {
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

  /** The loss as a scalar that can be differentiated. */
  static Tensor compute(TorchLoss loss, Tensor output, Tensor target) {
    return switch (loss) {
      case TorchLoss.BinaryCrossEntropy l ->
          l.scale() == Scale.LOGIT
              ? torch.binary_cross_entropy_with_logits(output, target)
              : torch.binary_cross_entropy(output, target);
      case TorchLoss.CrossEntropy l -> crossEntropy(l.scale(), output, target);
      case TorchLoss.SquaredError _ -> torch.mse_loss(output, target);
      case TorchLoss.Huber l -> torch.huber_loss(output, target, MEAN, l.delta());
    };
  }

  private static Tensor crossEntropy(Scale scale, Tensor output, Tensor target) {
    return switch (scale) {
      case LOGIT -> torch.cross_entropy_loss(output, target);
      case LOG_PROBABILITY -> torch.nll_loss_nd(output, target);
      case PROBABILITY -> {
        ScalarOptional smallest = new ScalarOptional(new Scalar(Float.MIN_NORMAL));
        yield torch.nll_loss_nd(torch.log(torch.clamp(output, smallest)), target);
      }
    };
  }

  /** How many labels the output's largest class, or its side of ½, agrees with; 0 for values. */
  static long correct(TorchLoss loss, Tensor output, Tensor target) {
    return switch (loss) {
      case TorchLoss.BinaryCrossEntropy l -> {
        Scalar threshold = new Scalar(l.scale() == Scale.LOGIT ? 0f : 0.5f);
        yield output.gt(threshold).eq(target).sum().item().toLong();
      }
      case TorchLoss.CrossEntropy _ ->
          torch
              .argmax(output, new org.bytedeco.pytorch.LongOptional(1), false)
              .eq(target)
              .sum()
              .item()
              .toLong();
      case TorchLoss.SquaredError _ -> 0;
      case TorchLoss.Huber _ -> 0;
    };
  }
}
