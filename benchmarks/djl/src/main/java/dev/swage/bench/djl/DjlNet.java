package dev.swage.bench.djl;

import ai.djl.Model;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Parameter;
import ai.djl.training.DefaultTrainingConfig;
import ai.djl.training.EasyTrain;
import ai.djl.training.Trainer;
import ai.djl.training.dataset.ArrayDataset;
import ai.djl.training.dataset.Batch;
import ai.djl.training.loss.Loss;
import ai.djl.training.optimizer.Optimizer;
import ai.djl.training.tracker.Tracker;
import ai.djl.translate.TranslateException;
import java.io.IOException;
import java.util.Iterator;

/**
 * A network of the training benchmarks, trained the way DJL's documentation shows: {@code
 * ArrayDataset}, {@code EasyTrain.trainBatch}, {@code trainer.step}.
 */
final class DjlNet implements AutoCloseable {
  private final Model model;
  private final Networks network;
  private final Trainer trainer;
  private final NDManager manager;
  private final ArrayDataset dataset;
  private Iterator<Batch> batches;

  DjlNet(Networks network, Samples samples, int batchSize) throws IOException, TranslateException {
    this.network = network;
    model = Model.newInstance(network.name(), "PyTorch");
    model.setBlock(network.block());
    trainer =
        model.newTrainer(
            new DefaultTrainingConfig(Loss.softmaxCrossEntropyLoss())
                .optOptimizer(
                    Optimizer.adamW()
                        .optLearningRateTracker(Tracker.fixed(1e-3f))
                        .optWeightDecays(1e-2f)
                        .build()));
    trainer.initialize(network.images(batchSize));
    manager = trainer.getManager().newSubManager();
    NDArray images = manager.create(samples.images(), network.images(samples.count()));
    NDArray labels = manager.create(samples.labels(), new Shape(samples.count()));
    dataset =
        new ArrayDataset.Builder()
            .setData(images)
            .optLabels(labels)
            .setSampling(batchSize, true, true)
            .build();
    batches = trainer.iterateDataset(dataset).iterator();
  }

  /** How many numbers are trained. */
  long parameters() {
    return model.getBlock().getParameters().values().stream()
        .filter(Parameter::requiresGradient)
        .mapToLong(parameter -> parameter.getArray().size())
        .sum();
  }

  /** Runs this many steps over the shuffled batches, epoch after epoch. */
  void train(int steps) throws IOException, TranslateException {
    for (int i = 0; i < steps; i++) {
      if (!batches.hasNext()) {
        batches = trainer.iterateDataset(dataset).iterator();
      }
      try (Batch batch = batches.next()) {
        EasyTrain.trainBatch(trainer, batch);
        trainer.step();
      }
    }
  }

  /** Share of the first {@code count} samples that the net classifies rightly. */
  double accuracy(Samples samples, int count) {
    try (NDManager scope = manager.newSubManager()) {
      NDArray images = scope.create(samples.images(), network.images(samples.count()));
      NDArray labels = scope.create(samples.labels(), new Shape(samples.count()));
      String range = "0:" + count;
      NDArray scores =
          trainer.evaluate(new ai.djl.ndarray.NDList(images.get(range))).singletonOrThrow();
      NDArray right = scores.argMax(1).eq(labels.get(range));
      return right.toType(ai.djl.ndarray.types.DataType.FLOAT32, false).mean().getFloat();
    }
  }

  @Override
  public void close() {
    manager.close();
    trainer.close();
    model.close();
  }
}
