package dev.swage.bench.encoder;

import dev.swage.data.Batch;
import dev.swage.tensor.Tensor;
import dev.swage.train.torch.lib.TensorBridge;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.AdamW;
import org.bytedeco.pytorch.AdamWOptions;
import org.bytedeco.pytorch.TensorVector;
import org.bytedeco.pytorch.global.torch;

/**
 * Trains {@link TorchEncoder} as one writes it on libtorch: {@code clip_grad_norm_}, its own AdamW.
 */
final class TorchEncoderTraining {
  static final int BATCH = 16;
  static final double RATE = 2e-5;
  static final double WEIGHT_DECAY = 0.01;
  static final double MAX_NORM = 1;

  private final TorchEncoder encoder;
  private final EncoderSamples samples;
  private final TensorVector weights;
  private final AdamW optimizer;
  private int next;

  TorchEncoderTraining(EncoderWeights source, EncoderSamples samples) {
    this.encoder = new TorchEncoder(source);
    this.samples = samples;
    this.weights = source.all();
    AdamWOptions options = new AdamWOptions(RATE);
    options.weight_decay().put(WEIGHT_DECAY);
    this.optimizer = new AdamW(weights, options);
  }

  /** Forward and backward pass of the next batch; its loss. */
  float pass() {
    Batch batch = samples.from(next, BATCH);
    next += BATCH;
    return pass(batch);
  }

  float pass(Batch batch) {
    try (PointerScope _ = new PointerScope()) {
      optimizer.zero_grad();
      org.bytedeco.pytorch.Tensor loss =
          torch.cross_entropy_loss(
              encoder.logits(
                  input(batch, "input_ids"),
                  input(batch, "attention_mask"),
                  input(batch, "token_type_ids")),
              upload(batch.targets().orElseThrow()));
      loss.backward();
      return loss.item_float();
    }
  }

  private org.bytedeco.pytorch.Tensor input(Batch batch, String name) {
    return upload(batch.inputs().get(samples.inputs().indexOf(name)));
  }

  private static org.bytedeco.pytorch.Tensor upload(Tensor host) {
    return TensorBridge.upload(host);
  }

  /** A pass, clipping and an update; the loss before. */
  float step() {
    float loss = pass();
    try (PointerScope _ = new PointerScope()) {
      torch.clip_grad_norm_(weights, MAX_NORM);
      optimizer.step();
    }
    return loss;
  }
}
