package dev.swage.report;

import java.util.OptionalDouble;

/**
 * A point of the learning curves.
 *
 * @param epoch from 1
 * @param trainLoss mean over the epoch's batches, in training mode
 * @param validationLoss after the epoch, in evaluation mode; absent without validation data
 * @param validationAccuracy fraction in [0, 1]; absent without validation data or classes
 * @param learningRate in force at the epoch's last step
 */
public record EpochPoint(
    int epoch,
    double trainLoss,
    OptionalDouble validationLoss,
    OptionalDouble validationAccuracy,
    double learningRate) {
  public EpochPoint {
    Checks.positive("epoch", epoch);
    Checks.fraction("validationAccuracy", validationAccuracy);
  }
}
