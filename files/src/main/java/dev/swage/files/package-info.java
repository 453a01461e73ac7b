/** Writing files: whole or not at all, synced, never over something that is no regular file. */
@NullMarked
package dev.swage.files;

import org.jspecify.annotations.NullMarked;
