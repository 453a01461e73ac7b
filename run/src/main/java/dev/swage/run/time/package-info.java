/** How long a model takes: as a whole, against another, and each of its nodes. */
@NullMarked
package dev.swage.run.time;

import org.jspecify.annotations.NullMarked;
