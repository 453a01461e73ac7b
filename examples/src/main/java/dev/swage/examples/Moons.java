package dev.swage.examples;

import dev.swage.clip.Clip;
import dev.swage.compress.WeightOnly;
import dev.swage.data.DataSource;
import dev.swage.onnx.OnnxModel;
import dev.swage.onnx.OnnxWriter;
import dev.swage.onnx.layer.Network;
import dev.swage.run.ModelSession;
import dev.swage.run.OutputKind;
import dev.swage.run.score.Evaluation;
import dev.swage.train.Loss;
import dev.swage.train.Sgd;
import dev.swage.train.Trainer;
import dev.swage.train.TrainingRun;
import java.nio.file.Path;

/** Trains with clipped gradients, ships 8-bit weights, proves it on ONNX Runtime. */
public final class Moons {
  private Moons() {}

  public static void main(String[] args) {
    // spotless:off: these lines stand in the README, where calls of one builder share lines
    // [README]
    DataSource train = DataSource.open("moons:?n=8000&noise=0.15&seed=1");
    DataSource test = DataSource.open("moons:?n=2000&noise=0.15&seed=1&split=test");
    OnnxModel net = Network.input("x", 2).dense(10).relu().dense(1).sigmoid().seed(7).build();

    TrainingRun run = Trainer.of(net)
        .loss(Loss.binaryCrossEntropy()).optimizer(Sgd.of(0.01)).clip(Clip.byGlobalNorm(0.5))
        .batchSize(32).epochs(100).seed(7)
        .fit(train);
    System.out.println(run.history().clip().summary().line());

    OnnxWriter.write(run.model(), Path.of("moons.onnx"));
    WeightOnly.int8().convert(Path.of("moons.onnx"), Path.of("moons.int8.onnx"));
    try (ModelSession session = ModelSession.open(Path.of("moons.int8.onnx"))) {
      System.out.println(Evaluation.of(session, test, 256, OutputKind.PROBABILITIES).accuracy());
    }
    // [README]
    // spotless:on
  }
}
