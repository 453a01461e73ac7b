/** The peer of the training benchmark, in a process of its own: DJL on its PyTorch engine. */
@NullMarked
package dev.swage.bench.djl;

import org.jspecify.annotations.NullMarked;
