/** The paired measurements behind every speed claim: ours and a peer's, alternately, in one run. */
@NullMarked
package dev.swage.bench;

import org.jspecify.annotations.NullMarked;
