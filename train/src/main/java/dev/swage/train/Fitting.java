package dev.swage.train;

import dev.swage.data.DataSchema;
import dev.swage.data.DataSource;
import dev.swage.onnx.CarriedStates;
import dev.swage.onnx.ValueInfo;
import dev.swage.onnx.ValueInfo.Dim;
import dev.swage.tensor.Shape;
import dev.swage.train.checkpoint.CheckpointFolder;
import java.nio.file.Path;
import java.util.List;

/** Whether settings, model and data fit together, before anything is computed. */
final class Fitting {
  private Fitting() {}

  static void check(Trainer trainer, DataSource data) {
    Loss loss =
        trainer.loss.orElseThrow(() -> new TrainingException("no loss: call Trainer.loss(...)"));
    if (trainer.optimizer.isEmpty()) {
      throw new TrainingException("no optimizer: call Trainer.optimizer(...)");
    }
    if (trainer.model.graph().outputs().isEmpty()) {
      throw new TrainingException("the model has no output to compute a loss on");
    }
    long perStep = Math.multiplyExact((long) trainer.batchSize, (long) trainer.accumulate);
    if (data.size() < perStep) {
      throw new TrainingException(
          "%s has %d samples, one step needs %d (batch size %d, %d batches per step); use a smaller batch"
              .formatted(data.name(), data.size(), perStep, trainer.batchSize, trainer.accumulate));
    }
    checkStart(trainer, data.size() / perStep * trainer.epochs);
    checkStreams(trainer, data);
    checkCheckpoints(trainer);
    trainer.earlyStopping.ifPresent(rule -> checkWatched(trainer, rule.metric(), loss));
    trainer.target.ifPresent(rule -> checkWatched(trainer, rule.metric(), loss));
    checkData(trainer, data);
    trainer.validation.ifPresent(source -> checkData(trainer, source));
  }

  /** Whether the model can read the data at all. */
  static void checkData(Trainer trainer, DataSource data) {
    checkInputs(trainer, data);
    TokenFit.check(trainer.model, data);
  }

  private static void checkStart(Trainer trainer, long steps) {
    long start = trainer.quantizers.start();
    if (start > 0 && start >= steps) {
      throw new TrainingException(
          "codes start at step %d, and the run has the steps 0 to %d: nothing would be trained through codes; start earlier, or train longer"
              .formatted(start, steps - 1));
    }
  }

  /** A batch is one window of every stream, so that the next one continues it. */
  private static void checkStreams(Trainer trainer, DataSource data) {
    int streams = data.streams().orElse(trainer.batchSize);
    if (streams != trainer.batchSize) {
      throw new TrainingException(
          "%s has %d streams, the batch size is %d; make them the same"
              .formatted(data.name(), streams, trainer.batchSize));
    }
  }

  private static void checkWatched(Trainer trainer, Metric metric, Loss loss) {
    if (trainer.validation.isEmpty()) {
      throw new TrainingException("early stopping needs validation data: call validation(...)");
    }
    if (!metric.fits(loss)) {
      throw new TrainingException(
          "early stopping watches %s, but loss %s %s; watch Metric.LOSS"
              .formatted(
                  metric.word(),
                  loss.describe(),
                  loss.classifies() ? "classifies" : "does not classify"));
    }
  }

  private static void checkCheckpoints(Trainer trainer) {
    if (trainer.checkpoints.isEmpty() || trainer.resumes) {
      return;
    }
    Path folder = trainer.checkpoints.get().folder();
    List<Path> there = new CheckpointFolder(folder).list();
    if (!there.isEmpty()) {
      throw new TrainingException(
          "%s holds checkpoints of another run, the newest %s; go on from it with resume(...), or choose another folder"
              .formatted(folder, there.getFirst().getFileName()));
    }
  }

  private static void checkInputs(Trainer trainer, DataSource data) {
    List<ValueInfo> feeds = CarriedStates.of(trainer.model).dataFeeds(trainer.model.graph());
    List<Shape> shapes = data.inputShapes();
    if (feeds.size() != shapes.size()) {
      throw new TrainingException(
          "the model reads %d inputs %s, %s gives %d"
              .formatted(
                  feeds.size(),
                  feeds.stream().map(ValueInfo::name).toList(),
                  data.name(),
                  shapes.size()));
    }
    for (int i = 0; i < shapes.size(); i++) {
      checkInput(
          feeds.get(i),
          toNetwork(trainer, data, shapes.get(i)),
          data,
          data.streams().orElse(trainer.batchSize));
    }
  }

  /** A row of a table as the network gets it, which is not trained on tables yet. */
  private static Shape toNetwork(Trainer trainer, DataSource data, Shape sample) {
    DataSchema schema = data.schema();
    boolean fresh = DataSchema.of(trainer.model).equals(DataSchema.NONE);
    return fresh && schema.categories().isPresent() ? Shape.of(schema.networkWidth()) : sample;
  }

  private static String columns(DataSource data, Shape sample) {
    int columns = data.schema().features().size();
    boolean wider = columns > 0 && columns < sample.elements();
    return wider && data.schema().networkWidth() == sample.elements()
        ? ": %d columns, of which those of categories become a number for each category"
            .formatted(columns)
        : "";
  }

  private static void checkInput(ValueInfo feed, Shape sample, DataSource data, int batchSize) {
    if (feed.dims().isEmpty()) {
      return; // of unknown rank: the operators will say
    }
    List<Dim> dims = feed.dims().get();
    boolean fits = dims.size() == sample.rank() + 1;
    for (int axis = 0; fits && axis < sample.rank(); axis++) {
      fits = !(dims.get(axis + 1) instanceof Dim.Fixed f) || f.size() == sample.dim(axis);
    }
    if (!fits) {
      throw new TrainingException(
          "input '%s' of the model is %s with the batch axis first, samples of %s are %s%s"
              .formatted(feed.name(), dims, data.name(), sample, columns(data, sample)));
    }
    if (dims.getFirst() instanceof Dim.Fixed f && f.size() != batchSize) {
      throw new TrainingException(
          "input '%s' of the model takes batches of %d only, the batch size is %d; use batches of %d, and accumulate them"
              .formatted(feed.name(), f.size(), batchSize, f.size()));
    }
  }
}
