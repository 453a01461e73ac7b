/**
 * Control of how far a weight's values spread while it is trained, for the widths it ends up in.
 */
@NullMarked
package dev.swage.range;

import org.jspecify.annotations.NullMarked;
