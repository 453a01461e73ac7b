/**
 * What is decided of a model before anything is written: choices of nodes with their weights and
 * values resolved, the one list of reasons, and the file that a plan is stored in.
 */
@NullMarked
package dev.swage.compress.plan;

import org.jspecify.annotations.NullMarked;
