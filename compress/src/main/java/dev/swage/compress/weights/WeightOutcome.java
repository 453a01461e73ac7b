package dev.swage.compress.weights;

import dev.swage.compress.plan.PlannedWeight;
import java.util.OptionalDouble;

/**
 * What became of one weight.
 *
 * @param plan its name, shape, readers and codes
 * @param bytesBefore bytes of its data
 * @param bytesAfter bytes of its codes, scales and zero points where it became codes alone; as
 *     before when it was kept
 * @param sqnrDb {@code 10 log10(Σw² / Σ(w − ŵ)²)} of the weight itself, +∞ when nothing was lost;
 *     empty when it did not become codes alone
 */
public record WeightOutcome(
    PlannedWeight plan, long bytesBefore, long bytesAfter, OptionalDouble sqnrDb) {}
