/** Constants computed ahead, and branches taken that constants decide. */
@NullMarked
package dev.swage.graph.fold;

import org.jspecify.annotations.NullMarked;
