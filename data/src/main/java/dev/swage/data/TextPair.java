package dev.swage.data;

import java.util.Optional;

/** A text of one sample, or two that belong together. */
record TextPair(String first, Optional<String> second) {}
