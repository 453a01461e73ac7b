/** Gradient clipping: clippers decide what to do with a step's gradients, optimizers apply it. */
@NullMarked
package dev.swage.clip;

import org.jspecify.annotations.NullMarked;
