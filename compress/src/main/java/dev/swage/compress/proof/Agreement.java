package dev.swage.compress.proof;

/**
 * How near a prepared model's outputs are to the original's, on probe inputs.
 *
 * @param runs how many inputs both ran on
 * @param maxRelativeDifference largest difference of an output's elements over the largest of them
 * @param worstOutput the output with that difference
 */
public record Agreement(int runs, double maxRelativeDifference, String worstOutput) {}
