package dev.swage.compress.calibrate;

/**
 * A value of the graph that has no statistics.
 *
 * @param tensor the value's name
 */
public record LeftOut(String tensor, LeftOutReason reason) {}
