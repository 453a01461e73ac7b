/**
 * Results as plain records: what the commands print, write as JSON and draw as HTML. The records
 * know nothing of training, ONNX or runtimes; whoever has a result maps it here. {@code
 * docs/json.md} describes every field of the JSON.
 */
@NullMarked
package dev.swage.report;

import org.jspecify.annotations.NullMarked;
