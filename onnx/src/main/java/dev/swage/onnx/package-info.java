/** ONNX models as immutable values, with bounded readers and atomic writers. */
@NullMarked
package dev.swage.onnx;

import org.jspecify.annotations.NullMarked;
