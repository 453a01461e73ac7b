/** Operators that run graphs inside them: branches and loops. */
@NullMarked
package dev.swage.train.torch.op.control;

import org.jspecify.annotations.NullMarked;
