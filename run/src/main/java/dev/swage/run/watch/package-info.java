/** Holds runs of ONNX Runtime to what they may take. */
@NullMarked
package dev.swage.run.watch;

import org.jspecify.annotations.NullMarked;
