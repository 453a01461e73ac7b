package dev.swage.bench.djl;

import ai.djl.Model;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Activation;
import ai.djl.nn.Blocks;
import ai.djl.nn.SequentialBlock;
import ai.djl.nn.convolutional.Conv2d;
import ai.djl.nn.core.Linear;
import ai.djl.nn.norm.Dropout;
import ai.djl.nn.pooling.Pool;
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
 * The MNIST conv net of the training benchmark, trained the way DJL's documentation shows: {@code
 * ArrayDataset}, {@code EasyTrain.trainBatch}, {@code trainer.step}.
 */
final class DjlNet implements AutoCloseable {
  private final Model model;
  private final Trainer trainer;
  private final NDManager manager;
  private final ArrayDataset dataset;
  private Iterator<Batch> batches;

  DjlNet(Samples samples, int batchSize) throws IOException, TranslateException {
    model = Model.newInstance("mnist-cnn", "PyTorch");
    model.setBlock(block());
    trainer =
        model.newTrainer(
            new DefaultTrainingConfig(Loss.softmaxCrossEntropyLoss())
                .optOptimizer(
                    Optimizer.adamW()
                        .optLearningRateTracker(Tracker.fixed(1e-3f))
                        .optWeightDecays(1e-2f)
                        .build()));
    trainer.initialize(new Shape(batchSize, 1, 28, 28));
    manager = trainer.getManager().newSubManager();
    NDArray images = manager.create(samples.images(), new Shape(samples.count(), 1, 28, 28));
    NDArray labels = manager.create(samples.labels(), new Shape(samples.count()));
    dataset =
        new ArrayDataset.Builder()
            .setData(images)
            .optLabels(labels)
            .setSampling(batchSize, true, true)
            .build();
    batches = trainer.iterateDataset(dataset).iterator();
  }

  private static SequentialBlock block() {
    return new SequentialBlock()
        .add(Conv2d.builder().setKernelShape(new Shape(3, 3)).setFilters(32).build())
        .add(Activation.reluBlock())
        .add(Conv2d.builder().setKernelShape(new Shape(3, 3)).setFilters(64).build())
        .add(Activation.reluBlock())
        .add(Pool.maxPool2dBlock(new Shape(2, 2), new Shape(2, 2)))
        .add(Dropout.builder().optRate(0.25f).build())
        .add(Blocks.batchFlattenBlock())
        .add(Linear.builder().setUnits(128).build())
        .add(Activation.reluBlock())
        .add(Dropout.builder().optRate(0.5f).build())
        .add(Linear.builder().setUnits(10).build());
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
      NDArray images = scope.create(samples.images(), new Shape(samples.count(), 1, 28, 28));
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
