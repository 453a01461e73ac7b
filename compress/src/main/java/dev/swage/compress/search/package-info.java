/**
 * Keeps a quantized model within bounds of accuracy: nodes are ranked by what they cost its outputs
 * and go other ways, or stay in floating point, until the bounds hold.
 */
@NullMarked
package dev.swage.compress.search;

import org.jspecify.annotations.NullMarked;
