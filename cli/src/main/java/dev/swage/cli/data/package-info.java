/** Options that name data and what a run may take, and what commands make of them. */
@NullMarked
package dev.swage.cli.data;

import org.jspecify.annotations.NullMarked;
