package dev.swage.train.quantize;

import dev.swage.quant.QuantParams;
import dev.swage.quant.QuantScheme;
import dev.swage.quant.RangeEstimator;
import dev.swage.tensor.Shape;
import java.util.Set;

/**
 * A weight or activation that passes through codes while the model is trained.
 *
 * @param value name of the initializer, or of the value
 * @param shape in which a weight's elements share scales: its own, or one with the same elements in
 *     the same order; of an activation, {@code []}
 * @param scheme the codes; of an activation, one scale
 * @param params scales and zero points to begin from
 * @param method how the scale follows
 * @param group the first value that has its scale and zero point in common with this one; its own
 *     name where it is the first
 * @param readers names of the nodes that read what the codes stand for; empty where all do
 * @param range how the scales of a weight are found from its elements, where they begin anew
 */
public record TrainedQuantizer(
    Kind kind,
    String value,
    Shape shape,
    QuantScheme scheme,
    QuantParams params,
    QuantizerMethod method,
    String group,
    Set<String> readers,
    RangeEstimator range) {
  /** What is quantized. */
  public enum Kind {
    WEIGHT,
    ACTIVATION
  }

  public TrainedQuantizer {
    readers = Set.copyOf(readers);
    if (kind == Kind.ACTIVATION && params.scales().length != 1) {
      throw new IllegalArgumentException(
          "activation '%s' needs one scale, got %d".formatted(value, params.scales().length));
    }
  }

  /** Scales of a weight that begin anew are those of its smallest and largest elements. */
  public TrainedQuantizer(
      Kind kind,
      String value,
      Shape shape,
      QuantScheme scheme,
      QuantParams params,
      QuantizerMethod method,
      String group,
      Set<String> readers) {
    this(kind, value, shape, scheme, params, method, group, readers, RangeEstimator.minMax());
  }

  public boolean isWeight() {
    return kind == Kind.WEIGHT;
  }

  /** The same with these scales and zero points. */
  public TrainedQuantizer withParams(QuantParams other) {
    return new TrainedQuantizer(kind, value, shape, scheme, other, method, group, readers, range);
  }

  /** The same with another scheme, and scales and zero points that fit it. */
  public TrainedQuantizer withScheme(QuantScheme other, QuantParams fitting) {
    return new TrainedQuantizer(kind, value, shape, other, fitting, method, group, readers, range);
  }
}
