package dev.swage.compress.speed;

import dev.swage.onnx.OnnxModel;
import dev.swage.tensor.Tensor;
import java.time.Duration;
import java.util.List;
import java.util.stream.IntStream;

/**
 * Whole models timed in turn.
 *
 * @param millis of one run of each, as {@link Candidate#millis}
 */
public record ModelRace(List<Double> millis) {
  /** However busy the machine is, a model that takes longer than this is slower. */
  public static final double NOISE = 1.03;

  public ModelRace {
    millis = List.copyOf(millis);
  }

  /** Times models on one sample. */
  public static ModelRace of(List<OnnxModel> models, List<Tensor> sample, Duration budget) {
    WholeModels whole = WholeModels.time(models, sample, budget);
    return new ModelRace(IntStream.range(0, models.size()).mapToObj(whole::millis).toList());
  }

  /** Whether one is slower than another, by more than what times are out. */
  public boolean isSlower(int model, int than) {
    return millis.get(model) > NOISE * millis.get(than);
  }
}
