/**
 * How far a model's outputs lie from a reference's: each output for itself, and each part of it
 * that is a quantity of its own.
 */
@NullMarked
package dev.swage.run.measure;

import org.jspecify.annotations.NullMarked;
