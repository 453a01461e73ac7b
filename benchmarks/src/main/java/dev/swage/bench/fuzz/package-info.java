/** What reads files of strangers, given files that were changed at random. */
@NullMarked
package dev.swage.bench.fuzz;

import org.jspecify.annotations.NullMarked;
