/** Attention, and what goes with it: rotated positions, embeddings. */
@NullMarked
package dev.swage.train.torch.op.attention;

import org.jspecify.annotations.NullMarked;
