/** Looking into a model, and what can be done with each operator. */
@NullMarked
package dev.swage.cli.inspect;

import org.jspecify.annotations.NullMarked;
