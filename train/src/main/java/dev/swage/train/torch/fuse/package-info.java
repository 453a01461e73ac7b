/** What exporters take apart, put together again for the run: what libtorch has one kernel for. */
@NullMarked
package dev.swage.train.torch.fuse;

import org.jspecify.annotations.NullMarked;
