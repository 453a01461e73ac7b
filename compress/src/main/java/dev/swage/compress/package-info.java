/**
 * Quantizing ONNX models: options, the steps from a file to a proven smaller one, and presets of
 * them.
 */
@NullMarked
package dev.swage.compress;

import org.jspecify.annotations.NullMarked;
