/**
 * Observes a model's activations on calibration data: statistics in bounded memory, however many
 * samples there are, that can be stored, inspected and used again.
 */
@NullMarked
package dev.swage.compress.calibrate;

import org.jspecify.annotations.NullMarked;
