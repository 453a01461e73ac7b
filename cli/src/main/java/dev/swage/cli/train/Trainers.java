package dev.swage.cli.train;

import dev.swage.cli.recipe.Codes;
import dev.swage.cli.recipe.Recipe;
import dev.swage.cli.recipe.Training;
import dev.swage.cli.recipe.Tuning;
import dev.swage.data.DataSource;
import dev.swage.onnx.OnnxModel;
import dev.swage.train.Trainer;
import java.util.Optional;

/** The trainer a recipe describes. */
final class Trainers {
  private Trainers() {}

  static Trainer of(Recipe recipe, Optional<DataSource> validation) {
    Training training = recipe.training();
    Trainer trainer =
        Trainer.of(recipe.model())
            .loss(training.loss())
            .optimizer(training.optimizer())
            .learningRate(training.schedule())
            .clip(training.clipper())
            .batchSize(training.batch())
            .epochs(training.epochs())
            .accumulate(training.accumulate())
            .seed(recipe.seed());
    validation.ifPresent(trainer::validation);
    training.earlyStopping().ifPresent(trainer::earlyStopping);
    tune(trainer, recipe.tuning());
    training.target().ifPresent(trainer::stopAt);
    training.disturbance().ifPresent(trainer::disturb);
    training.range().ifPresent(trainer::range);
    trainer.profileWeights(training.profiled() || recipe.codes().isPresent());
    return trainer;
  }

  /**
   * A stage of training through codes: the same loss, data, batches and seed.
   *
   * @param stage its number, from 0
   */
  static Trainer ofStage(
      Recipe recipe, Codes codes, int stage, OnnxModel model, Optional<DataSource> validation) {
    Training training = recipe.training();
    Trainer trainer =
        Trainer.of(model)
            .loss(training.loss())
            .optimizer(codes.optimizer())
            .learningRate(codes.schedule())
            .clip(codes.clipper())
            .quantizers(codes.quantizers(stage))
            .batchSize(training.batch())
            .epochs(codes.epochs())
            .accumulate(training.accumulate())
            .seed(recipe.seed());
    validation.ifPresent(trainer::validation);
    training.earlyStopping().ifPresent(trainer::earlyStopping);
    tune(trainer, recipe.tuning());
    codes.range().ifPresent(trainer::range);
    trainer.profileWeights(true);
    return trainer;
  }

  private static void tune(Trainer trainer, Tuning tuning) {
    trainer.train(tuning.train().toArray(String[]::new));
    trainer.freeze(tuning.freeze().toArray(String[]::new));
    if (tuning.frozenStatistics()) {
      trainer.freezeStatistics();
    }
    tuning.average().ifPresent(trainer::averageWeights);
  }
}
