/**
 * Operators over the spatial axes of images and signals: convolution, pooling, resizing, sampling,
 * spectra.
 */
@NullMarked
package dev.swage.train.torch.op.window;

import org.jspecify.annotations.NullMarked;
