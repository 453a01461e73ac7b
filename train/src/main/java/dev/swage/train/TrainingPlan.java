package dev.swage.train;

/**
 * The size of a run, known before its first step.
 *
 * @param epochs passes over the data, unless early stopping ends the run before
 * @param stepsPerEpoch optimizer steps in each
 * @param samplesPerStep samples that make one step: batch size times accumulated batches
 * @param parameters number of trained float values
 * @param runtime libtorch's version, threads and tuning
 */
public record TrainingPlan(
    int epochs, long stepsPerEpoch, int samplesPerStep, long parameters, String runtime) {
  public long totalSteps() {
    return epochs * stepsPerEpoch;
  }
}
