/** Shared test material: seeded generators, edge values, the locator of real data. */
@NullMarked
package dev.swage.testkit;

import org.jspecify.annotations.NullMarked;
