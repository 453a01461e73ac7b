/**
 * Resize and Upsample: which elements of an axis, and how much of each, make an element of the
 * resized axis.
 */
@NullMarked
package dev.swage.train.torch.op.resize;

import org.jspecify.annotations.NullMarked;
