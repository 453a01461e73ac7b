package dev.swage.compress.weights;

import dev.swage.compress.plan.CompressException;
import dev.swage.compress.plan.WeightSlot;
import dev.swage.quant.QuantScheme;
import dev.swage.tensor.Tensor;
import java.lang.foreign.Arena;
import java.util.HashMap;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;

/**
 * What codes of weights lose, measured on the weights themselves, each found once. Weights of more
 * than {@value #EXACT} elements are measured on a part: whole channels or groups, evenly spread.
 */
public final class WeightErrors {
  /** Weights up to here are measured whole. */
  static final long EXACT = 1L << 22;

  /** Elements of the part of larger ones. */
  static final long SAMPLE = 1L << 18;

  private final IdentityHashMap<Tensor, Map<WeightSlot, Double>> known = new IdentityHashMap<>();

  /** Nothing is measured yet. */
  public WeightErrors() {}

  /**
   * The relative error of a weight's codes, {@code ‖w − ŵ‖ / ‖w‖}.
   *
   * @throws CompressException if the weight holds NaN or infinities
   */
  public double relative(Tensor weight, WeightSlot slot) {
    return known
        .computeIfAbsent(weight, tensor -> new HashMap<>())
        .computeIfAbsent(slot.at(0), same -> measure(weight, slot));
  }

  /** Signal to noise in decibels; +∞ when nothing is lost. */
  public double decibels(Tensor weight, WeightSlot slot) {
    double error = relative(weight, slot);
    return error == 0 ? Double.POSITIVE_INFINITY : -20 * Math.log10(error);
  }

  /** What the errors of several weights leave, in decibels, if they are independent. */
  public double decibels(Map<WeightSlot, Tensor> weights) {
    double noise = 0;
    for (Map.Entry<WeightSlot, Tensor> weight : weights.entrySet()) {
      noise += Math.pow(relative(weight.getValue(), weight.getKey()), 2);
    }
    return noise == 0 ? Double.POSITIVE_INFINITY : -10 * Math.log10(noise);
  }

  private static double measure(Tensor weight, WeightSlot slot) {
    Tensor own = WeightLayout.own(weight, slot.form());
    QuantScheme scheme = WeightLayout.ownScheme(slot);
    double signal = 0;
    double noise = 0;
    try (Arena arena = Arena.ofShared()) {
      List<Tensor> parts =
          own.shape().elements() <= EXACT
              ? List.of(own)
              : WeightSample.of(own, scheme, SAMPLE, arena);
      for (Tensor part : parts) {
        WeightQuantizer.Result result =
            WeightQuantizer.of(part, scheme, slot, CodeMemory.scratch(arena)).run();
        signal += result.signal();
        noise += result.noise();
      }
    } catch (IllegalArgumentException e) {
      throw Weight.notFinite(slot.weight(), weight, e);
    }
    return noise == 0 ? 0 : Math.sqrt(noise / signal);
  }
}
