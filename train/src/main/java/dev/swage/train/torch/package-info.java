/** The only place that touches libtorch: graphs become ATen calls here. */
@NullMarked
package dev.swage.train.torch;

import org.jspecify.annotations.NullMarked;
