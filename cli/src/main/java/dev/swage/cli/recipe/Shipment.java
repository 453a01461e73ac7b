package dev.swage.cli.recipe;

import dev.swage.compress.weights.WeightOptions;
import java.util.List;
import java.util.Optional;

/**
 * A file to write after training.
 *
 * @param name {@code float32}, {@code int8}, {@code int4}
 * @param weights how the weights are narrowed; empty for the float file
 */
public record Shipment(String name, Optional<WeightOptions> weights) {
  /** What every recipe ships unless it says otherwise. */
  static List<Shipment> defaults() {
    return List.of(float32(), int8(), int4());
  }

  static Shipment float32() {
    return new Shipment("float32", Optional.empty());
  }

  static Shipment int8() {
    return new Shipment("int8", Optional.of(WeightOptions.int8()));
  }

  static Shipment int4() {
    return new Shipment("int4", Optional.of(WeightOptions.int4()));
  }
}
