/** Inputs changed at random, and what programs make of them. */
@NullMarked
package dev.swage.testkit.fuzz;

import org.jspecify.annotations.NullMarked;
