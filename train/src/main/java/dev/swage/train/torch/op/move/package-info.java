/** Operators that move, select, join, repeat, fill or retype elements. */
@NullMarked
package dev.swage.train.torch.op.move;

import org.jspecify.annotations.NullMarked;
