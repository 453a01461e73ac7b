/** Plans, calibration, quantization, and how their outcome is shown. */
@NullMarked
package dev.swage.cli.quantize;

import org.jspecify.annotations.NullMarked;
