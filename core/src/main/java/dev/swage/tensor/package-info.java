/** Host tensors: a type, a shape and little-endian bytes in a memory segment. */
@NullMarked
package dev.swage.tensor;

import org.jspecify.annotations.NullMarked;
