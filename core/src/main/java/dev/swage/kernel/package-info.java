/**
 * The inner loops of Swage over memory segments. The scalar kernels are the specification; the
 * Vector API kernels are their fast twins. This is the only package that touches the Vector API.
 */
@NullMarked
package dev.swage.kernel;

import org.jspecify.annotations.NullMarked;
