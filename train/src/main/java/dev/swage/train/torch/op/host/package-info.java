/** Arithmetic on shapes, axes and indices, which stays on the host. */
@NullMarked
package dev.swage.train.torch.op.host;

import org.jspecify.annotations.NullMarked;
