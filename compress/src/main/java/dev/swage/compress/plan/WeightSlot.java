package dev.swage.compress.plan;

import dev.swage.quant.QuantScheme;
import dev.swage.quant.RangeEstimator;

/**
 * How one weight that a node reads becomes codes, resolved: everything that is needed to make and
 * to write them.
 *
 * @param input index of the weight among the node's inputs
 * @param weight name of the weight, behind the path of its graph
 * @param scheme type, width and symmetry of the codes, and which elements share a scale; its axis
 *     counts in the layout of {@code form}
 * @param form in what layout the codes are stored
 * @param range what range of the weight's values the codes cover
 * @param rounding how elements are rounded to codes
 */
public record WeightSlot(
    int input,
    String weight,
    QuantScheme scheme,
    WeightForm form,
    RangeEstimator range,
    Rounding rounding) {
  /** The slot in words, as plans have it. */
  public WeightChoice choice() {
    return form == WeightForm.BY_INPUT
        ? new WeightChoice(scheme.bits(), scheme.symmetric(), new WeightGrouping.PerInput())
        : WeightChoice.of(scheme);
  }

  /** The same, read at another input. */
  public WeightSlot at(int index) {
    return new WeightSlot(index, weight, scheme, form, range, rounding);
  }

  /** Whether both stand for the same codes, whichever input reads them. */
  public boolean isSameCodes(WeightSlot other) {
    return equals(other.at(input));
  }
}
