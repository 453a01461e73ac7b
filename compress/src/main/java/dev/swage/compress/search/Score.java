package dev.swage.compress.search;

import java.util.OptionalDouble;

/**
 * What a quantized model was measured at.
 *
 * @param leastSqnrDb least over the outputs of {@code 10 log10(Σx² / Σ(x − y)²)}, in decibels, with
 *     x of the float model; +∞ when nothing differs, NaN when an output is not a number
 * @param accuracyDrop accuracy of the float model less that of this one, 0…1; negative where this
 *     one is better; empty where it was not measured
 * @param quantized how many nodes compute with codes
 */
public record Score(double leastSqnrDb, OptionalDouble accuracyDrop, int quantized) {}
