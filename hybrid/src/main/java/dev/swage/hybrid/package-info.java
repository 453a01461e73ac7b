/**
 * Where training and quantization meet: the plan that quantizes a model becomes quantizers that are
 * trained with it, and what they learned becomes the plan that is written.
 */
@NullMarked
package dev.swage.hybrid;

import org.jspecify.annotations.NullMarked;
