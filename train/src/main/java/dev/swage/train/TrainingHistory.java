package dev.swage.train;

import dev.swage.clip.ClipHistory;
import dev.swage.clip.NormMap;
import dev.swage.range.WeightRecord;
import java.util.List;

/**
 * What happened in a run.
 *
 * @param epochs a record per epoch
 * @param bestEpoch number of the epoch whose weights the run returns, from 1
 * @param stepLosses mean loss at every optimizer step
 * @param clip norms and thresholds at every optimizer step
 * @param weights how the weights spread after each epoch; empty unless {@link
 *     Trainer#profileWeights}
 * @param norms every parameter's gradient norm over the run
 */
public record TrainingHistory(
    List<EpochRecord> epochs,
    int bestEpoch,
    List<Double> stepLosses,
    ClipHistory clip,
    List<WeightRecord> weights,
    NormMap norms) {
  public TrainingHistory {
    epochs = List.copyOf(epochs);
    stepLosses = List.copyOf(stepLosses);
    weights = List.copyOf(weights);
  }

  public EpochRecord last() {
    return epochs.getLast();
  }
}
