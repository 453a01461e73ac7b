/** Quantizers that are trained with a model: which there are, and the graph that has them. */
@NullMarked
package dev.swage.train.quantize;

import org.jspecify.annotations.NullMarked;
