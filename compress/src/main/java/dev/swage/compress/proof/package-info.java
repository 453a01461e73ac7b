/**
 * Proving quantized files: codes are read back and counted against the plan, outputs and layers are
 * held against the source, kernels are looked up, and both models are timed.
 */
@NullMarked
package dev.swage.compress.proof;

import org.jspecify.annotations.NullMarked;
