package dev.swage.data;

import dev.swage.tensor.Shape;
import java.util.List;
import java.util.OptionalInt;

/**
 * Samples that can be read by index in any order, from any thread. Sources are values: reading
 * sample i gives the same sample every time.
 */
public interface DataSource {
  /** The {@code FORMAT:PATH?…} string this source answers to, with defaults left out. */
  String name();

  /** Number of samples. */
  int size();

  /** Shape of one sample of each input, without the batch axis. */
  List<Shape> inputShapes();

  /** Number of classes when targets are class indices; empty when they are values or absent. */
  OptionalInt classes();

  /**
   * The samples at these indices, stacked in this order.
   *
   * @throws IndexOutOfBoundsException for an index outside [0, size)
   */
  Batch batch(int... indices);

  /** SHA-256 over names, shapes and all samples' bytes, in hex: goes into a model's provenance. */
  String hash();
}
