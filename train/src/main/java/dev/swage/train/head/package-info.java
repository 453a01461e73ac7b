/** Models of others made fit for other data: another head, another batch, other weights. */
@NullMarked
package dev.swage.train.head;

import org.jspecify.annotations.NullMarked;
