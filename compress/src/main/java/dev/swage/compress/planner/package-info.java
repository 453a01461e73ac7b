/**
 * Deciding what becomes of each node: the ways a node can go, best first, what was decided of it
 * before, what a person excluded, and plans that a person edited.
 */
@NullMarked
package dev.swage.compress.planner;

import org.jspecify.annotations.NullMarked;
