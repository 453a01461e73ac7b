package dev.swage.compress.plan;

import dev.swage.quant.QuantScheme;
import dev.swage.quant.ScaleZeroPoint;
import dev.swage.quant.range.Range;

/**
 * A value that becomes codes with a range fixed ahead.
 *
 * @param range of floats that the codes cover
 * @param scheme type and symmetry of the codes, per tensor
 * @param codes the scale and zero point that follow from them
 * @param group the first value that shares them; its own name when it is the first
 * @param expectedSqnrDb signal to noise of the codes by the value's histogram
 */
public record PlannedValue(
    String name,
    Range range,
    QuantScheme scheme,
    ScaleZeroPoint codes,
    String group,
    double expectedSqnrDb) {}
