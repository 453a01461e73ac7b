/** Weights that files store in fewer bits than they are worked on in. */
@NullMarked
package dev.swage.graph.widen;

import org.jspecify.annotations.NullMarked;
