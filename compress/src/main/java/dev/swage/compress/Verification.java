package dev.swage.compress;

/**
 * What was found to hold for a written file.
 *
 * @param tensors initializers of codes, scales and zero points that were read back bit for bit
 * @param runs inputs on which ONNX Runtime's outputs were compared with those of the source model
 *     holding the dequantized weights
 * @param maxAbsDiff largest difference of an output element in those runs
 * @param outputSqnrDb signal to difference over all outputs of those runs; +∞ when equal
 */
public record Verification(int tensors, int runs, double maxAbsDiff, double outputSqnrDb) {}
