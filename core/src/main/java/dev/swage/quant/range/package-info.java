/** Ranges for the codes of activations, chosen from what a {@code Histogram} has kept of them. */
@NullMarked
package dev.swage.quant.range;

import org.jspecify.annotations.NullMarked;
