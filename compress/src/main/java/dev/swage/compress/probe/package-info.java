/**
 * Random inputs for models nobody gave data for: shapes, integers and values on which ONNX Runtime
 * runs the model, chosen so that its outputs vary.
 */
@NullMarked
package dev.swage.compress.probe;

import org.jspecify.annotations.NullMarked;
