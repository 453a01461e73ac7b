/**
 * Models whose weights are 8-bit codes and whose activations become codes while the model runs:
 * which nodes do, in the main graph and in branches and bodies, the graph that says so, and which
 * integer kernels ONNX Runtime runs it with.
 */
@NullMarked
package dev.swage.compress.dynamic;

import org.jspecify.annotations.NullMarked;
