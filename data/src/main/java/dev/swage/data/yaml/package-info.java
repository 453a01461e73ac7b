/** YAML files that people write: every complaint names the file, the line and the key. */
@NullMarked
package dev.swage.data.yaml;

import org.jspecify.annotations.NullMarked;
