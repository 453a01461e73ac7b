package dev.swage.onnx.layer;

import java.util.Optional;

/**
 * A fully connected layer, {@code y = x·W + b}, with {@code W} of shape {@code [inputs, units]}.
 *
 * @param units output features
 * @param bias whether a bias per unit is added
 * @param init how the weight is drawn; empty for the network's choice
 */
public record Dense(int units, boolean bias, Optional<WeightInit> init) {
  public Dense {
    if (units < 1) {
      throw new IllegalArgumentException("units must be at least 1, got " + units);
    }
  }

  public static Dense of(int units) {
    return new Dense(units, true, Optional.empty());
  }

  public Dense withoutBias() {
    return new Dense(units, false, init);
  }

  public Dense init(WeightInit choice) {
    return new Dense(units, bias, Optional.of(choice));
  }
}
