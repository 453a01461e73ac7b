package dev.swage.clip;

import dev.swage.tensor.Shape;
import java.util.Locale;

/**
 * What clippers know of a parameter beside its numbers.
 *
 * @param name the parameter's name
 * @param layer the layer it belongs to; layer-scoped clippers clip its parameters together
 * @param shape its shape
 * @param units how its elements belong to the layer's output units
 * @param role what it does in its layer
 * @param head whether its layer is the last one with weights
 */
public record ParameterInfo(
    String name, String layer, Shape shape, UnitLayout units, ParameterRole role, boolean head) {
  public ParameterInfo {
    if (shape.elements() % (units.units() * units.inner()) != 0) {
      throw new IllegalArgumentException(
          String.format(
              Locale.ROOT,
              "parameter %s of shape %s cannot be cut into %d units with %d elements in a row",
              name,
              shape,
              units.units(),
              units.inner()));
    }
  }

  /** A weight with a unit for each index of axis 0, or a bias if it has one axis at most. */
  public static ParameterInfo of(String name, String layer, Shape shape) {
    return shape.rank() > 1
        ? new ParameterInfo(
            name, layer, shape, UnitLayout.axis(shape, 0), ParameterRole.WEIGHT, false)
        : new ParameterInfo(name, layer, shape, UnitLayout.whole(shape), ParameterRole.BIAS, false);
  }

  public ParameterInfo withUnits(UnitLayout layout) {
    return new ParameterInfo(name, layer, shape, layout, role, head);
  }

  public ParameterInfo withRole(ParameterRole newRole) {
    return new ParameterInfo(name, layer, shape, units, newRole, head);
  }

  public ParameterInfo asHead() {
    return new ParameterInfo(name, layer, shape, units, role, true);
  }
}
