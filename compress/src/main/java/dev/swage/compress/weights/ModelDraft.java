package dev.swage.compress.weights;

import dev.swage.compress.plan.CompressException;
import dev.swage.onnx.OnnxModel;
import dev.swage.tensor.Tensor;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;
import java.util.function.Supplier;

/**
 * A rewritten model whose codes are still to be made. Every initializer has its place, type and
 * shape, so that the model can be written from its beginning while the last codes are made.
 *
 * @param steps one for each weight that becomes codes, in file order
 * @param codes the quantizer's result for each quantized weight by name
 * @param stored the initializers that carry codes, scales and zero points, by their name
 */
public record ModelDraft(
    OnnxModel model,
    List<Step> steps,
    Map<String, QuantizedWeight> codes,
    Map<String, Tensor> stored) {

  /**
   * A weight that became codes.
   *
   * @param bytes of its codes, scales and zero points
   * @param sqnrDb {@code 10 log10(Σw² / Σ(w − ŵ)²)} of the weight itself, +∞ when nothing was lost
   */
  public record Made(long bytes, double sqnrDb) {}

  /** A weight on its way to codes. */
  public static final class Step {
    private final String weight;
    private final Set<String> initializers;
    private final Supplier<Made> making;
    private final CompletableFuture<Made> made = new CompletableFuture<>();

    /**
     * What is to be done.
     *
     * @param initializers that hold nothing until it is
     */
    public Step(String weight, Set<String> initializers, Supplier<Made> making) {
      this.weight = weight;
      this.initializers = initializers;
      this.making = making;
    }

    /** Does it, the first time, unless it was abandoned. */
    Made make() {
      if (!made.isDone()) {
        made.complete(making.get());
      }
      return made.join();
    }
  }

  /** The same with another model around the same initializers. */
  public ModelDraft withModel(OnnxModel other) {
    return new ModelDraft(other, steps, codes, stored);
  }

  /**
   * Makes all codes.
   *
   * @return what came of each weight, by its key
   * @throws CompressException if a weight holds NaN or an infinity
   * @throws CancellationException if it was abandoned
   */
  public Map<String, Made> make() {
    Map<String, Made> all = new LinkedHashMap<>();
    steps.forEach(step -> all.put(step.weight, step.make()));
    return all;
  }

  /** Nobody will make what is not made: whoever waits for it is told. */
  public void abandon() {
    steps.forEach(step -> step.made.cancel(false));
  }

  /**
   * What another thread calls with the name of an initializer before it reads it: returns when the
   * initializer holds its values, and throws {@link CancellationException} if it never will.
   */
  public Consumer<String> arrivals() {
    Map<String, Step> makers = new HashMap<>();
    for (Step step : steps) {
      step.initializers.forEach(name -> makers.put(name, step));
    }
    return name -> {
      Step maker = makers.get(name);
      if (maker != null) {
        maker.made.join();
      }
    };
  }
}
