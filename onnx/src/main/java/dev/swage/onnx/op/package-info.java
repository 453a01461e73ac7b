/** What is known of operators: signatures, what they do with their inputs, what kind they are. */
@NullMarked
package dev.swage.onnx.op;

import org.jspecify.annotations.NullMarked;
