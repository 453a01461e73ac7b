/**
 * What passes over a graph have in common: the pass itself, what it knows in a graph, the log of
 * its changes, and the editing of nodes and names.
 */
@NullMarked
package dev.swage.graph.pass;

import org.jspecify.annotations.NullMarked;
