/**
 * Preparing a model for quantization: a graph that computes the same, in the operator set the codes
 * need, with as few nodes between weights and the operators that read them as can be. Every change
 * is named in the result.
 */
@NullMarked
package dev.swage.graph;

import org.jspecify.annotations.NullMarked;
