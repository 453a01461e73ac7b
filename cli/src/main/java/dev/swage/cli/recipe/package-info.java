/**
 * Recipes: a training run, its data and the files it ships, as YAML that is checked line by line.
 */
@NullMarked
package dev.swage.cli.recipe;

import org.jspecify.annotations.NullMarked;
