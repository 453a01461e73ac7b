package dev.swage.cli.train;

import dev.swage.cli.recipe.Recipe;
import dev.swage.cli.recipe.Training;
import dev.swage.data.DataSource;
import dev.swage.train.EarlyStopping;
import dev.swage.train.Metric;
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
    training
        .patience()
        .ifPresent(epochs -> trainer.earlyStopping(EarlyStopping.on(Metric.LOSS, epochs)));
    training.target().ifPresent(trainer::stopAt);
    training.disturbance().ifPresent(trainer::disturb);
    return trainer;
  }
}
