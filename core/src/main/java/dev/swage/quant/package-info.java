/**
 * Quantization arithmetic: schemes, ranges, scales and zero points, codes, distribution profiles.
 */
@NullMarked
package dev.swage.quant;

import org.jspecify.annotations.NullMarked;
