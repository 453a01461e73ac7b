/**
 * Removing and sharing what a graph does not need: unused nodes and weights, notes, no-ops, equal
 * weights.
 */
@NullMarked
package dev.swage.graph.clean;

import org.jspecify.annotations.NullMarked;
