package dev.swage.bench;

import dev.swage.tensor.Shape;
import java.lang.foreign.MemorySegment;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.AdamW;
import org.bytedeco.pytorch.AdamWOptions;
import org.bytedeco.pytorch.GeneratorOptional;
import org.bytedeco.pytorch.T_TensorTensorTensor_T;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorOptional;
import org.bytedeco.pytorch.TensorVector;
import org.bytedeco.pytorch.global.torch;

/**
 * The character model as one writes it against libtorch: its own LSTM with the steps first, {@code
 * clip_grad_norm_} and its own AdamW. Its tensors live as long as the process.
 */
final class TorchCharacterNet {
  private static final int VOCABULARY = CharacterSamples.VOCABULARY;
  private static final int STEPS = CharacterSamples.STEPS;
  private static final int HIDDEN = CharacterNet.HIDDEN;

  private final Tensor table = normal(CharacterNet.WIDTH, VOCABULARY, CharacterNet.WIDTH);
  private final Tensor input = uniform(4L * HIDDEN, CharacterNet.WIDTH);
  private final Tensor recurrent = uniform(4L * HIDDEN, HIDDEN);
  private final Tensor inputBias = uniform(4L * HIDDEN);
  private final Tensor recurrentBias = uniform(4L * HIDDEN);
  private final Tensor dense = uniform(VOCABULARY, HIDDEN);
  private final Tensor denseBias = uniform(VOCABULARY);
  private final TensorVector weights =
      new TensorVector(table, input, recurrent, inputBias, recurrentBias, dense, denseBias);
  private final AdamW optimizer;
  private final double maxNorm;

  TorchCharacterNet(double learningRate, double weightDecay, double maxNorm) {
    AdamWOptions options = new AdamWOptions(learningRate);
    options.weight_decay().put(weightDecay);
    this.optimizer = new AdamW(weights, options);
    this.maxNorm = maxNorm;
  }

  /** U(−1/√hidden, 1/√hidden), as PyTorch draws its LSTM's weights. */
  private static Tensor uniform(long... shape) {
    double bound = 1 / Math.sqrt(HIDDEN);
    Tensor values = torch.zeros(shape);
    values.uniform_(-bound, bound, new GeneratorOptional());
    return values.set_requires_grad(true);
  }

  private static Tensor normal(int width, long... shape) {
    Tensor values = torch.zeros(shape);
    values.normal_(0, 1 / Math.sqrt(width), new GeneratorOptional());
    return values.set_requires_grad(true);
  }

  /** How many parameters the net has. */
  long parameters() {
    long count = 0;
    for (long i = 0; i < weights.size(); i++) {
      count += weights.get(i).numel();
    }
    return count;
  }

  /** One optimizer step on {@code size} sequences from {@code first} on; the loss before it. */
  float step(CharacterSamples samples, int first, int size) {
    try (PointerScope _ = new PointerScope()) {
      optimizer.zero_grad();
      Tensor loss =
          torch.cross_entropy_loss(
              scores(stepsFirst(samples.characters(), first, size), size),
              stepsFirst(samples.followers(), first, size).reshape(-1));
      loss.backward();
      torch.clip_grad_norm_(weights, maxNorm);
      optimizer.step();
      return loss.item_float();
    }
  }

  private static Tensor stepsFirst(MemorySegment all, int first, int size) {
    MemorySegment part = CharacterSamples.slice(all, first, size);
    return TorchMemory.longs(part, Shape.of(size, STEPS)).t();
  }

  private Tensor scores(Tensor characters, int size) {
    Tensor x = torch.embedding(table, characters);
    Tensor zeros = torch.zeros(1, size, HIDDEN);
    TensorVector states = new TensorVector(zeros, zeros);
    TensorVector lstm = new TensorVector(input, recurrent, inputBias, recurrentBias);
    T_TensorTensorTensor_T out = torch.lstm(x, states, lstm, true, 1, 0, true, false, false);
    Tensor hidden = out.get0().view(-1, HIDDEN);
    return torch.linear(hidden, dense, new TensorOptional(denseBias));
  }
}
