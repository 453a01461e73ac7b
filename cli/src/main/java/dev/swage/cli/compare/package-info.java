/** Measuring models on data: scores, latency, how far outputs lie apart. */
@NullMarked
package dev.swage.cli.compare;

import org.jspecify.annotations.NullMarked;
