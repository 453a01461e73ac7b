/** Raising the operator set: which operators changed when, and how old nodes are written anew. */
@NullMarked
package dev.swage.graph.opset;

import org.jspecify.annotations.NullMarked;
