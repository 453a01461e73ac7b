/** Recordings as numbers: WAV files, other rates, log-mel spectra. */
@NullMarked
package dev.swage.data.sound;

import org.jspecify.annotations.NullMarked;
