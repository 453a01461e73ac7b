/** Looking into a model. */
@NullMarked
package dev.swage.cli.inspect;

import org.jspecify.annotations.NullMarked;
