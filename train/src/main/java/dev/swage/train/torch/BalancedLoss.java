package dev.swage.train.torch;

import dev.swage.tensor.Shape;
import dev.swage.train.torch.lib.TensorBridge;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;

/** Cross-entropies with label smoothing and class weights, of log-probabilities. */
final class BalancedLoss {
  private BalancedLoss() {}

  static Tensor of(TorchLoss.CrossEntropy loss, Tensor logs, Tensor target) {
    long classes = logs.size(1);
    Tensor weights = weights(loss, classes);
    Tensor ofTargets = torch.gather(logs, 1, target.unsqueeze(1)).squeeze(1).neg();
    Tensor targetWeights = weights.index_select(0, target.reshape(-1)).reshape_as(target);
    Tensor total = targetWeights.sum();
    Tensor hard = ofTargets.mul(targetWeights).sum().div(total);
    if (loss.smoothing() == 0) {
      return hard;
    }
    long[] alongClasses = new long[Math.toIntExact(logs.dim())];
    java.util.Arrays.fill(alongClasses, 1);
    alongClasses[1] = classes;
    Tensor spread = logs.mul(weights.reshape(alongClasses)).sum().neg().div(total);
    double epsilon = loss.smoothing();
    return hard.mul(new Scalar(1 - epsilon)).add(spread.mul(new Scalar(epsilon / classes)));
  }

  private static Tensor weights(TorchLoss.CrossEntropy loss, long classes) {
    float[] values = new float[Math.toIntExact(classes)];
    java.util.Arrays.fill(values, 1);
    if (!loss.weights().isEmpty() && loss.weights().size() != classes) {
      throw new IllegalArgumentException(
          "%d class weights for %d classes".formatted(loss.weights().size(), classes));
    }
    for (int i = 0; i < loss.weights().size(); i++) {
      values[i] = loss.weights().get(i).floatValue();
    }
    return TensorBridge.upload(dev.swage.tensor.Tensor.ofFloats(Shape.of(classes), values));
  }
}
