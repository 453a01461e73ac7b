package dev.swage.train.torch.op.norm;

import dev.swage.onnx.OnnxException;
import dev.swage.train.torch.program.Call;
import dev.swage.train.torch.program.NodeContext;
import dev.swage.train.torch.program.Operator;
import org.bytedeco.pytorch.AutoGradMode;
import org.bytedeco.pytorch.NoGradGuard;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorOptional;
import org.bytedeco.pytorch.global.torch;

/**
 * Normalization by running statistics; in training by the batch's, and the running ones become
 * {@code running·momentum + batch·(1 − momentum)} with the population variance: ONNX's rule.
 */
final class BatchNormalization {
  private final NodeContext node;
  private final float epsilon;
  private final float momentum;
  private final boolean always;
  private final boolean eachElement;

  private BatchNormalization(NodeContext node) {
    this.node = node;
    this.epsilon = node.floatAttribute("epsilon", 1e-5f);
    this.momentum = node.floatAttribute("momentum", 0.9f);
    this.always = node.intAttribute("training_mode", 0) != 0;
    // before operator set 9: a mean for each element of a sample, rather than for each channel
    this.eachElement = node.intAttribute("spatial", 1) == 0;
  }

  static Operator compile(NodeContext node) {
    BatchNormalization normalization = new BatchNormalization(node);
    return normalization::apply;
  }

  /** What is normalized, and by what: of as many channels each. */
  private record Inputs(Tensor x, Tensor scale, Tensor bias, Tensor mean, Tensor variance) {}

  private Tensor apply(Call call) {
    if (!eachElement) {
      return apply(call, new Inputs(call.in(0), call.in(1), call.in(2), call.in(3), call.in(4)));
    }
    Inputs flat =
        new Inputs(
            call.in(0).flatten(1, -1),
            call.in(1).flatten(),
            call.in(2).flatten(),
            call.in(3).flatten(),
            call.in(4).flatten());
    return apply(call, flat).reshape(call.dims(0));
  }

  private Tensor apply(Call call, Inputs in) {
    if (!call.learnsStatistics() && !always) {
      return normalise(in, in.mean(), in.variance(), false);
    }
    long perChannel = in.x().numel() / Math.max(1, in.x().size(1));
    if (perChannel < 2) {
      throw new OnnxException(
          "%s: needs more than one value per channel in training, got %d; use a larger batch"
              .formatted(node.node().describe(), perChannel));
    }
    Tensor batchMean = torch.zeros_like(in.mean());
    Tensor batchVariance = torch.zeros_like(in.variance());
    Tensor y = normalise(in, batchMean, batchVariance, true);
    try (AutoGradMode _ = new NoGradGuard()) {
      double population = (perChannel - 1.0) / perChannel; // libtorch gives the sample variance
      Tensor spread = batchVariance.mul(new Scalar(population));
      Tensor nextMean = next(in.mean(), batchMean);
      Tensor nextVariance = next(in.variance(), spread);
      if (call.learnsStatistics()) {
        in.mean().copy_(nextMean);
        in.variance().copy_(nextVariance);
      }
      call.put(1, nextMean);
      call.put(2, nextVariance);
      call.put(3, batchMean); // until operator set 9
      call.put(4, spread);
    }
    return y;
  }

  private Tensor next(Tensor running, Tensor batch) {
    return running.mul(new Scalar(momentum)).add_(batch, new Scalar(1.0 - momentum));
  }

  private Tensor normalise(Inputs in, Tensor mean, Tensor variance, boolean byBatch) {
    double takeAll = 1; // of the batch's statistics into the fresh tensors
    return torch.batch_norm(
        in.x(),
        new TensorOptional(in.scale()),
        new TensorOptional(in.bias()),
        new TensorOptional(mean),
        new TensorOptional(variance),
        byBatch,
        takeAll,
        epsilon,
        false);
  }
}
