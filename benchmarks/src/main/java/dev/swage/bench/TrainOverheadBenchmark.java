package dev.swage.bench;

import dev.swage.data.Batch;
import dev.swage.onnx.OnnxModel;
import dev.swage.onnx.layer.Network;
import dev.swage.tensor.DType;
import dev.swage.tensor.Shape;
import dev.swage.tensor.Tensor;
import dev.swage.train.torch.TorchLoss;
import dev.swage.train.torch.TorchSession;
import dev.swage.train.torch.lib.TorchRuntime;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.List;
import java.util.Optional;
import java.util.SplittableRandom;

/**
 * What our executor costs around libtorch's kernels: forward and backward pass of a deep and narrow
 * perceptron, whose layers take next to no time, against the same layers called one after the
 * other.
 */
final class TrainOverheadBenchmark implements Benchmark {
  private static final int LAYERS = 50;
  private static final int WIDTH = 32;
  private static final int BATCH = 8;
  private static final int STEPS = 50;
  private static final double TOLERANCE = 1e-3;
  private static final TorchLoss LOSS = new TorchLoss.CrossEntropy(TorchLoss.Scale.LOGIT);
  private static final PairedBenchmark ROUNDS = new PairedBenchmark(20, 41);

  @Override
  public String name() {
    return "train-overhead";
  }

  @Override
  public String description() {
    return "forward and backward pass of a 50-layer MLP of width 32, batch 8, against its layers called directly";
  }

  @Override
  public Outcome run() {
    TorchRuntime.require();
    OnnxModel model = model();
    DirectWeights weights = new DirectWeights(model);
    BareTorchPerceptron direct = new BareTorchPerceptron(model, weights, WIDTH);
    try (Arena arena = Arena.ofConfined();
        TorchSession session = TorchSession.open(model, TorchSession.Head.OUTPUT, 1)) {
      MemorySegment rows = rows(arena);
      MemorySegment labels = labels(arena);
      Batch batch =
          new Batch(
              List.of(Tensor.of(DType.FLOAT32, Shape.of(BATCH, WIDTH), rows)),
              Optional.of(Tensor.of(DType.INT64, Shape.of(BATCH), labels)));
      double ours = pass(session, batch);
      double theirs = direct.forwardBackward(rows, labels, BATCH);
      requireSameLoss(ours, theirs);
      weights.requireSameGradients(session, TOLERANCE);
      return outcome(
          ROUNDS.run(
              List.of(
                  Contender.timed("Swage: session", () -> repeat(() -> pass(session, batch))),
                  Contender.timed(
                      "libtorch: linear, relu, backward",
                      () -> repeat(() -> direct.forwardBackward(rows, labels, BATCH))))),
          direct.layers());
    }
  }

  private Outcome outcome(PairedBenchmark.Measured measured, int layers) {
    double ratio = 1 / measured.speedup(0, 1).median();
    return new Outcome(
        name(),
        List.of(
            "a round is %d passes of %d layers, width %d, batch %d, cross-entropy"
                .formatted(STEPS, layers, WIDTH, BATCH),
            TorchRuntime.describe(),
            "loss and gradients of both agree within " + TOLERANCE,
            "%.3f ms a pass, %.3f ms called directly"
                .formatted(
                    measured.side(0).millis().median() / STEPS,
                    measured.side(1).millis().median() / STEPS)),
        List.of(Outcome.Pair.of(measured, 0, 1)),
        List.of(),
        List.of(Claim.atMost("time over that of the layers called directly", ratio, 1.5)));
  }

  private static OnnxModel model() {
    Network network = Network.input("x", WIDTH).seed(1);
    for (int i = 1; i < LAYERS; i++) {
      network.dense(WIDTH).relu();
    }
    return network.dense(WIDTH).build();
  }

  private static double pass(TorchSession session, Batch batch) {
    session.beginStep();
    return session.accumulate(batch, LOSS, 1).loss();
  }

  private static void repeat(Runnable pass) {
    for (int i = 0; i < STEPS; i++) {
      pass.run();
    }
  }

  private static MemorySegment rows(Arena arena) {
    SplittableRandom random = new SplittableRandom(1);
    MemorySegment rows = arena.allocate(ValueLayout.JAVA_FLOAT, (long) BATCH * WIDTH);
    for (int i = 0; i < BATCH * WIDTH; i++) {
      rows.setAtIndex(ValueLayout.JAVA_FLOAT, i, (float) random.nextGaussian());
    }
    return rows;
  }

  private static MemorySegment labels(Arena arena) {
    MemorySegment labels = arena.allocate(ValueLayout.JAVA_LONG, BATCH);
    for (int i = 0; i < BATCH; i++) {
      labels.setAtIndex(ValueLayout.JAVA_LONG, i, i % WIDTH);
    }
    return labels;
  }

  private static void requireSameLoss(double ours, double theirs) {
    if (!(Math.abs(ours - theirs) <= TOLERANCE * Math.abs(theirs))) {
      throw new IllegalStateException(
          "Swage gives a loss of %s, the layers called directly %s".formatted(ours, theirs));
    }
  }
}
