/** Training ONNX graphs: trainer, losses, optimizers that apply clip decisions, schedules. */
@NullMarked
package dev.swage.train;

import org.jspecify.annotations.NullMarked;
