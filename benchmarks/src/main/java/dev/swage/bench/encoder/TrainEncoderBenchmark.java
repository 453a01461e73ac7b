package dev.swage.bench.encoder;

import dev.swage.bench.Benchmark;
import dev.swage.bench.Claim;
import dev.swage.bench.Contender;
import dev.swage.bench.DirectWeights;
import dev.swage.bench.Outcome;
import dev.swage.bench.PairedBenchmark;
import dev.swage.bench.SwageTraining;
import dev.swage.data.Batch;
import dev.swage.onnx.OnnxModel;
import dev.swage.train.torch.TorchLoss;
import dev.swage.train.torch.TorchSession;
import dev.swage.train.torch.lib.TorchRuntime;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.List;
import java.util.Optional;

/**
 * Fine-tuning an exported encoder with all its weights: our executor and trainer against the same
 * network written on libtorch with its fused layers, in this process and in one without our
 * settings of the C library.
 */
public final class TrainEncoderBenchmark implements Benchmark {
  private static final int BATCH = TorchEncoderTraining.BATCH;
  private static final double TOLERANCE = 1e-3;
  private static final TorchLoss LOSS = new TorchLoss.CrossEntropy(TorchLoss.Scale.LOGIT);
  private static final PairedBenchmark ROUNDS = new PairedBenchmark(2, 15);

  @Override
  public String name() {
    return "train-encoder";
  }

  @Override
  public String description() {
    return "fine-tuning all-MiniLM-L6-v2, 16 x 48 tokens, against the same network written on libtorch";
  }

  @Override
  public Outcome run() {
    Optional<OnnxModel> model = EncoderModel.find();
    if (model.isEmpty()) {
      return new Outcome(name(), List.of(EncoderModel.MISSING), List.of(), List.of(), List.of());
    }
    TorchRuntime.require();
    try (TorchSession session = TorchSession.open(model.get(), TorchSession.Head.OUTPUT, 1)) {
      return measure(model.get(), session);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private Outcome measure(OnnxModel model, TorchSession session) throws IOException {
    int rounds = ROUNDS.warmup() + ROUNDS.rounds();
    EncoderSamples samples = new EncoderSamples(EncoderProcess.inputs(model), rounds * BATCH);
    Batch batch = samples.from(0, BATCH);
    DirectWeights weights = new DirectWeights(model);
    TorchEncoderTraining direct = new TorchEncoderTraining(EncoderWeights.of(weights), samples);
    requireSameLoss(pass(session, batch), direct.pass(batch));
    weights.requireSameGradients(session, TOLERANCE);
    SwageTraining swage = new SwageTraining(EncoderProcess.trainer(model), samples);
    try (EncoderPeer untuned = EncoderPeer.untuned(TorchRuntime.threads())) {
      PairedBenchmark.Measured measured =
          ROUNDS.run(
              List.of(
                  Contender.timed("Swage: forward and backward", () -> pass(session, batch)),
                  Contender.timed("libtorch: forward and backward", () -> direct.pass(batch)),
                  new Contender("Swage: Trainer's step", () -> {}, () -> swage.train(1)),
                  Contender.timed("libtorch: step", direct::step),
                  new Contender(
                      "libtorch as it comes: step", () -> {}, () -> untuned.took("steps", 1))));
      double loss = swage.finish().evaluate(samples.limit(4 * BATCH)).loss();
      return outcome(
          measured, EncoderMemory.measure(TorchRuntime.threads()), untuned.runtime(), loss);
    }
  }

  private Outcome outcome(
      PairedBenchmark.Measured measured, EncoderMemory memory, String untuned, double loss) {
    return new Outcome(
        name(),
        List.of(
            "a round is one batch of %d x %d tokens, all weights trained, AdamW, global norm"
                .formatted(BATCH, EncoderSamples.STEPS),
            TorchRuntime.describe() + "; as it comes: " + untuned,
            "loss and gradients of both agree within %s; Swage's loss at the end %.4f"
                .formatted(TOLERANCE, loss),
            memory.text()),
        List.of(
            Outcome.Pair.of(measured, 0, 1),
            Outcome.Pair.of(measured, 2, 3),
            Outcome.Pair.of(measured, 2, 4)),
        memory.traces(),
        List.of(
            Claim.atLeast(
                "forward and backward, times libtorch's fused layers",
                measured.speedup(0, 1).median(),
                1),
            Claim.atLeast(
                "step, times libtorch's fused layers", measured.speedup(2, 3).median(), 1),
            Claim.atLeast("step, times untuned libtorch", measured.speedup(2, 4).median(), 1.3),
            memory.claim()));
  }

  private static double pass(TorchSession session, Batch batch) {
    session.beginStep();
    return session.accumulate(batch, LOSS, 1).loss();
  }

  private static void requireSameLoss(double ours, double theirs) {
    if (!(Math.abs(ours - theirs) <= TOLERANCE * Math.abs(theirs))) {
      throw new IllegalStateException(
          "Swage gives a loss of %s, the network written on libtorch %s".formatted(ours, theirs));
    }
  }
}
