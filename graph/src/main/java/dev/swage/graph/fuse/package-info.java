/** Normalizations, additions and factors per channel taken into the weights of the layer before. */
@NullMarked
package dev.swage.graph.fuse;

import org.jspecify.annotations.NullMarked;
