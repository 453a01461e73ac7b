package dev.swage.cli.train;

import dev.swage.cli.console.UsageException;
import dev.swage.cli.data.ModelData;
import dev.swage.cli.recipe.Recipe;
import dev.swage.cli.recipe.Training;
import dev.swage.data.DataSource;
import dev.swage.tensor.DType;
import dev.swage.train.Loss;
import java.nio.file.Path;
import java.util.Optional;

/**
 * The data of a recipe. What its classes and columns are, a model of a file says that knows it,
 * else the training data alone: the others are opened by that, whatever files they are.
 */
record RecipeData(Recipe recipe, Path folder, DataSource train) {

  /**
   * Opens the training data.
   *
   * @param folder where relative paths start
   * @throws UsageException if the recipe's loss is not for targets of this kind, or codes would
   *     start when training is over
   */
  static RecipeData open(Recipe recipe, Path folder) {
    DataSource train = ModelData.open(recipe.data().train(), folder, recipe.model());
    requireFitting(recipe, train);
    requireStart(recipe, train);
    return new RecipeData(recipe, folder, train);
  }

  Optional<DataSource> validation() {
    return recipe.data().validation().map(this::other);
  }

  DataSource test() {
    return other(recipe.data().test());
  }

  private DataSource other(String spec) {
    return DataSource.open(spec, folder, train.schema());
  }

  private static void requireStart(Recipe recipe, DataSource train) {
    Training training = recipe.training();
    long perStep = (long) training.batch() * training.accumulate();
    recipe
        .codes()
        .ifPresent(codes -> {
          long steps = train.size() / perStep * codes.epochs();
          long start = codes.quantizers().start();
          if (start > 0 && start >= steps) {
            throw new UsageException(
                "%s: quantize.start is step %d, and the first stage has the steps 0 to %d; start earlier, or train for more epochs"
                    .formatted(recipe.name(), start, steps - 1));
          }
        });
  }

  private static void requireFitting(Recipe recipe, DataSource train) {
    Loss loss = recipe.training().loss();
    Optional<DType> type = train.batch(0).targets().map(targets -> targets.dtype());
    boolean table = train.schema().isTable();
    if (type.isEmpty()) {
      throw new UsageException(
          "%s: train.loss '%s' needs targets, and %s has none%s"
              .formatted(
                  recipe.name(), loss.describe(), train.name(), table ? "; say label=COLUMN" : ""));
    }
    if (!loss.classifies() && type.get().isInteger()) {
      throw new UsageException(
          "%s: train.loss '%s' is for values, and the targets of %s are %d classes; use a cross-entropy loss%s"
              .formatted(
                  recipe.name(),
                  loss.describe(),
                  train.name(),
                  train.classes().orElse(0),
                  table ? ", or say task=regression in the data" : ""));
    }
    // A binary cross-entropy may have probabilities as targets; a table has none.
    boolean values = table || !(loss instanceof Loss.BinaryCrossEntropy);
    if (loss.classifies() && !type.get().isInteger() && values) {
      throw new UsageException(
          "%s: train.loss '%s' is for classes, and the targets of %s are values; use mean-squared-error or huber%s"
              .formatted(
                  recipe.name(),
                  loss.describe(),
                  train.name(),
                  table ? ", or say task=classification in the data" : ""));
    }
  }
}
