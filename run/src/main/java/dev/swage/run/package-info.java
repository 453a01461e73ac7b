/**
 * What a written model really does: it is loaded in ONNX Runtime, run, timed, scored and compared.
 * This is the only package that touches ONNX Runtime.
 */
@NullMarked
package dev.swage.run;

import org.jspecify.annotations.NullMarked;
