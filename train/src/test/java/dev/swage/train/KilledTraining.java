package dev.swage.train;

import dev.swage.onnx.OnnxModel;
import dev.swage.onnx.OnnxWriter;
import dev.swage.onnx.layer.Network;
import java.nio.file.Path;

/** A small training run in a process of its own, to be killed; see {@link KillTest}. */
final class KilledTraining {
  static final String READY = "ready at step ";
  private static final int PACE_MILLIS = 2;

  private KilledTraining() {}

  /** Trains with a clipper by name, in a folder of checkpoints, and writes the model to a file. */
  public static void main(String[] args) throws Exception {
    Path folder = Path.of(args[1]);
    TrainingRun run =
        trainer(args[0])
            .checkpoint(CheckpointPolicy.every(3).in(folder).andEachEpoch())
            .resume(folder)
            .listener(new Pace())
            .fit(TrainerTest.spots(200, 1));
    OnnxWriter.write(run.model(), Path.of(args[2]));
    System.exit(0);
  }

  /** 240 steps. */
  static Trainer trainer(String clipper) {
    OnnxModel net =
        Network.input("x", 1, 8, 8)
            .conv2d(4, 3)
            .batchNorm()
            .relu()
            .flatten()
            .dropout(0.25)
            .dense(4)
            .seed(3)
            .build();
    return Trainer.of(net)
        .loss(Loss.crossEntropyWithLogits())
        .optimizer(AdamW.of(0.005))
        .clip(Clippers.ALL.get(clipper).get())
        .batchSize(8)
        .accumulate(2)
        .epochs(20)
        .validation(TrainerTest.spots(32, 2))
        .earlyStopping(EarlyStopping.on(Metric.LOSS, 20))
        .seed(4);
  }

  /** Tells the parent that training has begun, and gives it time to kill. */
  private static final class Pace implements TrainingListener {
    private boolean told;

    @Override
    public void step(StepRecord step) {
      if (!told) {
        told = true;
        System.out.println(READY + step.step());
        System.out.flush();
      }
      try {
        Thread.sleep(PACE_MILLIS);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
    }
  }
}
