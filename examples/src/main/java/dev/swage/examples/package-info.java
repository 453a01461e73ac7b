/** Programs a reader can copy: each is run as a test, and shown in the documentation. */
@NullMarked
package dev.swage.examples;

import org.jspecify.annotations.NullMarked;
