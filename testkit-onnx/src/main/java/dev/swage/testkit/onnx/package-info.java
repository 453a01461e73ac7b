/** Models that tests and benchmarks share, made of what the shared data hold. */
@NullMarked
package dev.swage.testkit.onnx;

import org.jspecify.annotations.NullMarked;
