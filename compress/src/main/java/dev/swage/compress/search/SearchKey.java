package dev.swage.compress.search;

/**
 * What measurements of a search are true of. Bounds are no part of it: a search with another bound
 * may go on from the same measurements.
 *
 * @param model hash of the model
 * @param data hash of all data it is measured on
 * @param how everything else that a measurement depends on, in words
 */
public record SearchKey(String model, String data, String how) {}
