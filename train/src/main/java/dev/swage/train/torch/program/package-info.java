/** A graph as steps that libtorch and the host compute: compiled once, run often. */
@NullMarked
package dev.swage.train.torch.program;

import org.jspecify.annotations.NullMarked;
