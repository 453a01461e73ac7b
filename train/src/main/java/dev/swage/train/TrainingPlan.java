package dev.swage.train;

import dev.swage.data.TextUnit;
import java.util.List;
import java.util.Optional;

/**
 * The size of a run, known before its first step.
 *
 * @param epochs passes over the data, unless early stopping ends the run before
 * @param stepsPerEpoch optimizer steps in each
 * @param samplesPerStep samples that make one step: batch size times accumulated batches
 * @param parameters number of trained float values
 * @param parameterNames of the trained tensors, in the order of their gradients
 * @param runtime libtorch's version, threads and tuning
 * @param textUnit what the training data's tokens are, when they are a text
 */
public record TrainingPlan(
    int epochs,
    long stepsPerEpoch,
    int samplesPerStep,
    long parameters,
    List<String> parameterNames,
    String runtime,
    Optional<TextUnit> textUnit) {
  public TrainingPlan {
    parameterNames = List.copyOf(parameterNames);
  }

  public long totalSteps() {
    return epochs * stepsPerEpoch;
  }
}
