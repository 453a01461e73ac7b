package dev.swage.data;

import dev.swage.tensor.Tensor;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Mean and deviation of each channel of pictures and recordings, the first axis of a sample, over
 * the training rows, as {@code standardize=true} asks for them: the model that is trained on the
 * data makes mean 0 and deviation 1 of its channels.
 */
final class ChannelFit {
  private static final String KEY = "standardize";

  private ChannelFit() {}

  /**
   * What the model knows, or has to know; empty where channels stay as they are.
   *
   * @param training indices of the training rows, which are read once
   */
  static Optional<FeatureStatistics> of(
      Rows rows, int[] training, Options options, Optional<DataSchema> model) {
    boolean asked = options.flag(KEY, false);
    Optional<FeatureStatistics> known = model.flatMap(DataSchema::channels);
    boolean scaled = options.text("mean").isPresent() || options.text("std").isPresent();
    if (scaled && (known.isPresent() || asked)) {
      throw new DataException(
          known.isPresent()
              ? "%s: mean and std contradict the model, which standardizes its channels itself; leave them out"
                  .formatted(options.name())
              : "%s: standardize=true contradicts mean and std".formatted(options.name()));
    }
    if (model.isPresent()) {
      if (asked && known.isEmpty()) {
        throw new DataException(
            "%s: standardize=true is done by a model that was trained so, and this one was not; leave it out, or say mean and std"
                .formatted(options.name()));
      }
      return known;
    }
    return asked ? Optional.of(fitted(rows, training)) : Optional.empty();
  }

  private static FeatureStatistics fitted(Rows rows, int[] training) {
    int channels = Math.toIntExact(rows.shape().dim(0));
    int width = Math.toIntExact(rows.shape().inner(0));
    double[] sums = new double[channels];
    double[] squares = new double[channels];
    for (int row : training) {
      Tensor sample = MemorySource.stack(rows, new int[] {row});
      for (int i = 0; i < channels * width; i++) {
        double value = sample.data().get(Tensor.LE_FLOAT, 4L * i);
        sums[i / width] += value;
        squares[i / width] += value * value;
      }
    }
    List<Float> means = new ArrayList<>();
    List<Float> deviations = new ArrayList<>();
    double count = (double) training.length * width;
    for (int channel = 0; channel < channels; channel++) {
      double mean = sums[channel] / count;
      double deviation = Math.sqrt(Math.max(0, squares[channel] / count - mean * mean));
      means.add((float) mean);
      deviations.add(deviation > 1e-6 * (1 + Math.abs(mean)) ? (float) deviation : 1f);
    }
    return new FeatureStatistics(false, means, deviations);
  }
}
