/** What all commands share: where they print, how they end, which files they read and write. */
@NullMarked
package dev.swage.cli.console;

import org.jspecify.annotations.NullMarked;
