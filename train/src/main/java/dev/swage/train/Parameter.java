package dev.swage.train;

import dev.swage.clip.ParameterInfo;
import dev.swage.tensor.Shape;
import java.lang.foreign.MemorySegment;

/**
 * A trainable weight in the memory where it is trained.
 *
 * @param info its name (the initializer's in the graph), layer, shape, units and role
 * @param data float32, contiguous, writable
 */
public record Parameter(ParameterInfo info, MemorySegment data) {
  public String name() {
    return info.name();
  }

  public String layer() {
    return info.layer();
  }

  public Shape shape() {
    return info.shape();
  }
}
