package dev.swage.bench;

import dev.swage.compress.QuantizeData;
import dev.swage.data.DataSource;
import dev.swage.hybrid.QatOptions;
import dev.swage.hybrid.QuantizationAware;
import dev.swage.onnx.OnnxModel;
import dev.swage.train.AdamW;
import dev.swage.train.Loss;
import dev.swage.train.Trainer;
import dev.swage.train.torch.lib.TorchRuntime;
import java.lang.foreign.Arena;
import java.util.List;

/**
 * What training through codes costs: a step of the MNIST conv net with weights of 8 bits and
 * activations of 8 bits, scales trained (LSQ), against its step in floats; and what libtorch's
 * fused fake-quantize, whose scales are fixed, costs its bare forward and backward pass of the same
 * net.
 */
final class TrainQuantizedBenchmark implements Benchmark {
  private static final int BATCH = 64;
  private static final int STEPS = 16;
  private static final int SAMPLES = BATCH * STEPS;
  private static final double RATE = 1e-4;
  private static final PairedBenchmark ROUNDS = new PairedBenchmark(4, 15);

  @Override
  public String name() {
    return "train-quantized";
  }

  @Override
  public String description() {
    return "training the MNIST conv net through 8-bit codes, batch 64, against training it in floats";
  }

  @Override
  public Outcome run() {
    TorchRuntime.require();
    try (Arena arena = Arena.ofShared()) {
      ImageSamples samples = ImageSamples.generate(arena, MnistNet.IMAGE, SAMPLES, 1);
      DataSource data = samples.source();
      QuantizationAware codes =
          QuantizationAware.plan(
              MnistNet.build(), QuantizeData.of(data.limit(BATCH)), QatOptions.of(Byte.SIZE));
      SwageTraining floats = new SwageTraining(trainer(MnistNet.build()), data);
      SwageTraining quantized = new SwageTraining(trainer(codes.model()), data);
      BareTorchNet bare = new BareTorchNet();
      BareTorchNet bareQuantized = new BareTorchNet(true);
      PairedBenchmark.Measured measured =
          ROUNDS.run(
              List.of(
                  new Contender("Swage: through codes", () -> {}, () -> quantized.train(STEPS)),
                  new Contender("Swage: in floats", () -> {}, () -> floats.train(STEPS)),
                  Contender.timed(
                      "libtorch: pass through codes",
                      () -> bareQuantized.passes(samples, STEPS, BATCH)),
                  Contender.timed(
                      "libtorch: pass in floats", () -> bare.passes(samples, STEPS, BATCH))));
      quantized.finish();
      floats.finish();
      return outcome(measured, codes);
    }
  }

  private Outcome outcome(PairedBenchmark.Measured measured, QuantizationAware codes) {
    double ours = 1 / measured.speedup(0, 1).median();
    double more = millis(measured, 0) - millis(measured, 1);
    double theirs = millis(measured, 2) - millis(measured, 3);
    return new Outcome(
        name(),
        List.of(
            "a round is %d steps of %d samples, AdamW, %d threads; %d quantizers, LSQ"
                .formatted(STEPS, BATCH, TorchRuntime.threads(), codes.quantizers().size()),
            TorchRuntime.describe(),
            "codes add %.2f ms to a step of ours, %.2f ms to libtorch's pass"
                .formatted(more / STEPS, theirs / STEPS)),
        List.of(Outcome.Pair.of(measured, 0, 1), Outcome.Pair.of(measured, 2, 3)),
        List.of(),
        List.of(
            Claim.atMost("step through codes over step in floats", ours, 1.6),
            Claim.atMost("what codes add, over what they add to libtorch", more / theirs, 1)));
  }

  private static double millis(PairedBenchmark.Measured measured, int side) {
    return measured.side(side).millis().median();
  }

  private static Trainer trainer(OnnxModel model) {
    return Trainer.of(model)
        .loss(Loss.crossEntropyWithLogits())
        .optimizer(AdamW.of(RATE))
        .batchSize(BATCH)
        .epochs(ROUNDS.warmup() + ROUNDS.rounds())
        .seed(1);
  }
}
