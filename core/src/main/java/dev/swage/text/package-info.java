/** Words: which of the known ones is near to one that nobody knows. */
@NullMarked
package dev.swage.text;

import org.jspecify.annotations.NullMarked;
