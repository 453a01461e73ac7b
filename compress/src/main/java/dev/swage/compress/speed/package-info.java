/**
 * Which nodes are worth quantizing on this machine: times them in ONNX Runtime as floats and as
 * codes, chooses the cheapest mix, and times the whole model.
 */
@NullMarked
package dev.swage.compress.speed;

import org.jspecify.annotations.NullMarked;
