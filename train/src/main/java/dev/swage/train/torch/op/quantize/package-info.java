/** Operators that make codes of numbers and numbers of codes, and those that compute with codes. */
@NullMarked
package dev.swage.train.torch.op.quantize;

import org.jspecify.annotations.NullMarked;
