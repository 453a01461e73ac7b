/** Arithmetic, functions of single elements, products, reductions, order and losses. */
@NullMarked
package dev.swage.train.torch.op.math;

import org.jspecify.annotations.NullMarked;
