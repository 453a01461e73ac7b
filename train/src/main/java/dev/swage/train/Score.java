package dev.swage.train;

import java.util.OptionalDouble;

/**
 * How well a model does on some samples.
 *
 * @param loss the mean loss
 * @param accuracy share of labels met, in [0, 1]; empty for losses that do not classify
 * @param samples number of samples
 */
public record Score(double loss, OptionalDouble accuracy, long samples) {}
