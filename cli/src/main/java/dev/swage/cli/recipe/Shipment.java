package dev.swage.cli.recipe;

import dev.swage.compress.weights.WeightOptions;
import java.util.List;
import java.util.Optional;

/**
 * A file to write after training.
 *
 * @param name {@code float32}, or {@code int2} to {@code int8}
 * @param weights how the weights are narrowed; empty for the float file
 */
public record Shipment(String name, Optional<WeightOptions> weights) {
  /** What every recipe ships unless it says otherwise. */
  static List<Shipment> defaults() {
    return List.of(float32(), ofBits(8), ofBits(4));
  }

  static Shipment float32() {
    return new Shipment("float32", Optional.empty());
  }

  static Shipment ofBits(int bits) {
    return new Shipment("int" + bits, Optional.of(WeightOptions.of(bits)));
  }
}
