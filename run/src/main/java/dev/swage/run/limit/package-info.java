/** What a run of a model may take. */
@NullMarked
package dev.swage.run.limit;

import org.jspecify.annotations.NullMarked;
