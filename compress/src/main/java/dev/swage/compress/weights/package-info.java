/**
 * Weights as codes: finding them, choosing their scales, rounding, layouts, and writing them into a
 * graph without ever holding a large one.
 */
@NullMarked
package dev.swage.compress.weights;

import org.jspecify.annotations.NullMarked;
