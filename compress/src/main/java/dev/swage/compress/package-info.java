/**
 * Narrows the weights of ONNX models: a plan says what happens to each weight and why, a pure
 * rewrite does it, and a check of the written file proves it.
 */
@NullMarked
package dev.swage.compress;

import org.jspecify.annotations.NullMarked;
