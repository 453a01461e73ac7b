package dev.swage.cli.recipe;

import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;

/**
 * What is trained of a model, and how its weights are treated.
 *
 * @param file the ONNX file that the run begins from, if it does
 * @param weights a file with weights for it
 * @param train patterns of the weights that are trained; none for all
 * @param freeze patterns of the weights that are not
 * @param frozenStatistics whether batch norm keeps its running statistics
 * @param average decay of the weights' moving average, if one is kept
 */
public record Tuning(
    Optional<Path> file,
    Optional<Path> weights,
    List<String> train,
    List<String> freeze,
    boolean frozenStatistics,
    OptionalDouble average) {
  /** All weights of a new network, as they come. */
  static final Tuning NONE =
      new Tuning(
          Optional.empty(), Optional.empty(), List.of(), List.of(), false, OptionalDouble.empty());

  public Tuning {
    train = List.copyOf(train);
    freeze = List.copyOf(freeze);
  }

  Tuning withAverage(OptionalDouble decay) {
    return new Tuning(file, weights, train, freeze, frozenStatistics, decay);
  }
}
