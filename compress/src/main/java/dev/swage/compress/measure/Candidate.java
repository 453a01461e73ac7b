package dev.swage.compress.measure;

/**
 * A quantized model that was timed as a whole.
 *
 * @param label how it came about
 * @param quantized how many nodes of it read and write codes
 * @param millis median of one run, timed alternately with the float model and the other candidates
 * @param ratio the float model's median over this: above 1, this is faster
 */
public record Candidate(String label, long quantized, double millis, double ratio) {}
