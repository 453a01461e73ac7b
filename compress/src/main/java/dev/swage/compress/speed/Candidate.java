package dev.swage.compress.speed;

/**
 * A quantized model that was timed as a whole.
 *
 * @param label how it came about
 * @param quantized how many nodes of it read and write codes
 * @param millis of one run, timed in turn with the float model and the other candidates: the lowest
 *     decile of rounds of runs, what it takes as long as the machine does little else
 * @param ratio how many times as fast as the float model it is, round by round: {@link
 *     dev.swage.run.time.PairedRatio}
 */
public record Candidate(String label, long quantized, double millis, double ratio) {}
