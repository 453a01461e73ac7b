/** A small language of layers that builds ONNX graphs with named, initialised weights. */
@NullMarked
package dev.swage.onnx.layer;

import org.jspecify.annotations.NullMarked;
