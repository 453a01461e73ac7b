/** Normalization, and dropout. */
@NullMarked
package dev.swage.train.torch.op.norm;

import org.jspecify.annotations.NullMarked;
