/** The {@code swage} command: the only place that prints, or ends the process. */
@NullMarked
package dev.swage.cli;

import org.jspecify.annotations.NullMarked;
