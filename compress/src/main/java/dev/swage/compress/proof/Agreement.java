package dev.swage.compress.proof;

import java.util.OptionalDouble;

/**
 * How near a prepared model's outputs are to the original's, on probe inputs.
 *
 * @param runs how many inputs both ran on
 * @param maxRelativeDifference largest difference of an output's elements over the largest of them;
 *     of an output of integers the share of elements that differ
 * @param worstOutput the output with that difference
 * @param runtimeDifference how much ONNX Runtime's own optimizer changes that output of the
 *     original on the same inputs; empty where rounding explains the difference
 */
public record Agreement(
    int runs, double maxRelativeDifference, String worstOutput, OptionalDouble runtimeDifference) {}
