package dev.swage.train;

import dev.swage.clip.ClipHistory;
import dev.swage.clip.NormMap;
import dev.swage.range.WeightRecord;
import dev.swage.train.torch.TorchSession;
import java.util.ArrayList;
import java.util.List;

/** How far a run has come, and what it has to tell of the way. */
final class Progress {
  /** Optimizer steps done. */
  long step;

  /** The epoch under way, from 1. */
  int epoch = 1;

  final EpochSums sums = new EpochSums();
  final List<Double> stepLosses = new ArrayList<>();
  final List<EpochRecord> epochs = new ArrayList<>();
  final List<WeightRecord> weights = new ArrayList<>();
  ClipHistory clip = new ClipHistory();
  final NormMap norms;

  Progress(List<String> parameterNames) {
    this.norms = new NormMap(parameterNames);
  }

  /** Sums over the steps of the epoch under way. */
  static final class EpochSums {
    int steps;
    double loss;
    long correct;
    long labels;
    long samples;
    double seconds;

    /** Adds a step that was taken. */
    void add(double meanLoss, TorchSession.Scores scores, int stepSamples) {
      loss += meanLoss * stepSamples;
      correct += scores.correct();
      labels += scores.labels();
      samples += stepSamples;
    }

    private void clear() {
      steps = 0;
      loss = 0;
      correct = 0;
      labels = 0;
      samples = 0;
      seconds = 0;
    }
  }

  void endEpoch(EpochRecord record) {
    epochs.add(record);
    epoch++;
    sums.clear();
  }
}
