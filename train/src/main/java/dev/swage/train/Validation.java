package dev.swage.train;

import dev.swage.data.DataSource;
import dev.swage.tensor.Tensor;
import dev.swage.train.torch.TorchSession;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;

/**
 * What a run would give if it ended now: the model's weights, or their average where one is kept,
 * and how well they do.
 */
record Validation(
    Evaluator evaluator,
    TorchSession session,
    Optional<DataSource> data,
    Optional<WeightAverage> average) {
  /** On the validation data; empty without such data. */
  Optional<Score> score() {
    return data.map(source -> given(() -> evaluator.score(session, source)));
  }

  /** The weights and running statistics, by name. */
  Map<String, Tensor> values() {
    return given(session::values);
  }

  private <T> T given(Supplier<T> action) {
    return average.isPresent() ? average.get().during(action) : action.get();
  }
}
