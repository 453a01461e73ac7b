/** Training from recipes: runs, sweeps, what is resumed, and histories of clipping. */
@NullMarked
package dev.swage.cli.train;

import org.jspecify.annotations.NullMarked;
