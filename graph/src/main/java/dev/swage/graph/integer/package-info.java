/** Nodes without an integer kernel written as others that have one. */
@NullMarked
package dev.swage.graph.integer;

import org.jspecify.annotations.NullMarked;
