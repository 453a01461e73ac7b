package dev.swage.bench;

import dev.swage.tensor.Shape;
import java.util.List;
import java.util.stream.IntStream;
import org.bytedeco.pytorch.AdamW;
import org.bytedeco.pytorch.AdamWOptions;
import org.bytedeco.pytorch.Optimizer;
import org.bytedeco.pytorch.SGD;
import org.bytedeco.pytorch.SGDOptions;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorVector;
import org.bytedeco.pytorch.global.torch;

/**
 * What libtorch itself offers for the work that is measured: {@code clip_grad_norm_} followed by
 * its own optimizer's {@code step}, over parameters and gradients that lie in memory given to it.
 */
final class LibtorchPeer implements AutoCloseable {
  /** What {@code clip_grad_norm_} adds to the norm before it divides. */
  private static final double LIBTORCH_EPSILON = 1e-6;

  private final TensorVector parameters;
  private final Optimizer optimizer;

  private LibtorchPeer(TensorVector parameters, Optimizer optimizer) {
    this.parameters = parameters;
    this.optimizer = optimizer;
  }

  static LibtorchPeer adamW(ParameterSet set, double learningRate, double weightDecay) {
    TensorVector parameters = views(set);
    AdamWOptions options = new AdamWOptions(learningRate);
    options.weight_decay().put(weightDecay);
    return new LibtorchPeer(parameters, new AdamW(parameters, options));
  }

  static LibtorchPeer sgd(ParameterSet set, double learningRate, double momentum) {
    TensorVector parameters = views(set);
    SGDOptions options = new SGDOptions(learningRate);
    options.momentum().put(momentum);
    return new LibtorchPeer(parameters, new SGD(parameters, options));
  }

  /** Clips the gradients in place by their global L2 norm. */
  void clip(double maxNorm) {
    torch.clip_grad_norm_(parameters, maxNorm);
  }

  /** Clips, then updates. */
  void clipAndStep(double maxNorm) {
    clip(maxNorm);
    optimizer.step().close();
  }

  /** The global L2 norm as libtorch sums it, in float32; the gradients stay as they are. */
  double norm() {
    return torch.clip_grad_norm_(parameters, Double.POSITIVE_INFINITY);
  }

  /**
   * Clips and updates with the factor that a right norm gives: asks {@code clip_grad_norm_} for
   * whatever threshold makes it scale by {@code coefficient}.
   */
  void scaleAndStep(double coefficient) {
    clipAndStep(coefficient * (norm() + LIBTORCH_EPSILON));
  }

  private static TensorVector views(ParameterSet set) {
    List<Shape> shapes = set.shapes();
    TensorVector views = new TensorVector();
    IntStream.range(0, shapes.size())
        .forEach(i -> {
          Tensor parameter = TorchMemory.floats(set.parameter(i), shapes.get(i));
          parameter.set_requires_grad(true);
          parameter.mutable_grad().put(TorchMemory.floats(set.gradient(i), shapes.get(i)));
          views.push_back(parameter);
        });
    return views;
  }

  @Override
  public void close() {
    optimizer.close();
    parameters.close();
  }
}
