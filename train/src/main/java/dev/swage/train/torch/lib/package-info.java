/** libtorch itself: loaded, tuned, and its tensors as memory. */
@NullMarked
package dev.swage.train.torch.lib;

import org.jspecify.annotations.NullMarked;
