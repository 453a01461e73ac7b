package dev.swage.train;

import java.util.Optional;

/**
 * One pass over the training data.
 *
 * @param epoch number of the epoch, from 1
 * @param training mean over the epoch's steps, while the weights changed and dropout dropped
 * @param validation on the validation data after the epoch; empty without such data
 * @param learningRate rate of the epoch's last step
 * @param seconds wall-clock time with validation
 */
public record EpochRecord(
    int epoch, Score training, Optional<Score> validation, double learningRate, double seconds) {}
