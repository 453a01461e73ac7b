package dev.swage.train.torch.program;

import dev.swage.tensor.Tensor;
import java.util.List;
import java.util.Map;

/**
 * A graph ready to run.
 *
 * @param steps in the order they run; what depends on constants only is computed already
 * @param slots slot of every value by name
 * @param constants values that never change, by name; those of them that steps or outputs read
 * @param feeds slots of the inputs, in the graph's order
 * @param outputs slots of the outputs, in the graph's order
 */
public record Program(
    List<Step> steps,
    Map<String, Integer> slots,
    Map<String, Tensor> constants,
    List<Integer> feeds,
    List<Integer> outputs) {
  public int slot(String name) {
    return java.util.Objects.requireNonNull(slots.get(name), name);
  }
}
