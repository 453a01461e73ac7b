/** Carrying out plans: the graph with codes, and the file that it becomes. */
@NullMarked
package dev.swage.compress.write;

import org.jspecify.annotations.NullMarked;
