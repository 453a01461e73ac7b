package dev.swage.compress.plan;

import dev.swage.tensor.DType;
import dev.swage.tensor.Shape;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;

/**
 * One floating-point constant of a model and what becomes of it.
 *
 * @param name initializer, or output of a Constant node; behind the path of its graph
 * @param readers the nodes that read it, in words
 * @param codes in which codes the file holds it, each once: several where nodes read it in
 *     different ones, none where it stays as it is
 * @param kept why it stays in floats for those who do not read codes; empty where all do
 */
public record PlannedWeight(
    String name,
    DType dtype,
    Shape shape,
    List<String> readers,
    List<WeightSlot> codes,
    Optional<NodeChoice.Keep> kept) {
  public PlannedWeight {
    readers = List.copyOf(readers);
    codes = List.copyOf(codes);
    if (codes.isEmpty() && kept.isEmpty()) {
      throw new IllegalArgumentException("weight '%s' needs codes or a reason".formatted(name));
    }
  }

  /** Whether it becomes codes. */
  public boolean isQuantized() {
    return !codes.isEmpty();
  }

  /** In words: {@code int8 per-channel}, or why it is kept. */
  public String decision() {
    return isQuantized()
        ? codes.stream().map(slot -> slot.choice().text()).collect(Collectors.joining(" and "))
        : kept.orElseThrow().text();
  }
}
