/** Training an exported encoder, against the same network written on libtorch. */
@NullMarked
package dev.swage.bench.encoder;

import org.jspecify.annotations.NullMarked;
