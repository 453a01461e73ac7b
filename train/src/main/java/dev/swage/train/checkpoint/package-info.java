/** Checkpoints on disk: written whole or not at all, verified before they are used. */
@NullMarked
package dev.swage.train.checkpoint;

import org.jspecify.annotations.NullMarked;
