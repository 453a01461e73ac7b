package dev.swage.train;

import dev.swage.tensor.Shape;
import java.lang.foreign.MemorySegment;

/**
 * A trainable weight in the memory where it is trained.
 *
 * @param name the initializer's name in the graph
 * @param layer the layer it belongs to: the name up to the last dot
 * @param shape its shape
 * @param data float32, contiguous, writable
 */
public record Parameter(String name, String layer, Shape shape, MemorySegment data) {}
