/**
 * What models say of data: scores, comparison of two models, how far their outputs and layers lie
 * apart.
 */
@NullMarked
package dev.swage.run.score;

import org.jspecify.annotations.NullMarked;
