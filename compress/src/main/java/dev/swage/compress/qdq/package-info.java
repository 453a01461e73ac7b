/**
 * Models whose weights and activations are 8-bit codes, in standard QuantizeLinear and
 * DequantizeLinear operators: which nodes and values become codes, and the graph that says so.
 */
@NullMarked
package dev.swage.compress.qdq;

import org.jspecify.annotations.NullMarked;
