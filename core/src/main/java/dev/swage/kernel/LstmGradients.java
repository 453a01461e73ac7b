package dev.swage.kernel;

import java.lang.foreign.MemorySegment;

/** Where a backward pass reads and writes; see {@link Lstm#backward}. */
record LstmGradients(MemorySegment states, MemorySegment hidden, MemorySegment cell) {}
