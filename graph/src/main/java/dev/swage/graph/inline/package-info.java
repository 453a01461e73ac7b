/** Calls of a model's functions replaced by the nodes of these. */
@NullMarked
package dev.swage.graph.inline;

import org.jspecify.annotations.NullMarked;
