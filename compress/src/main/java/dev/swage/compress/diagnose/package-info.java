/**
 * What quantization did where: the error of each node, alone and with all before it, what it costs
 * the model's outputs, and how well values fill their codes.
 */
@NullMarked
package dev.swage.compress.diagnose;

import org.jspecify.annotations.NullMarked;
