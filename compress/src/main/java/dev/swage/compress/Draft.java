package dev.swage.compress;

import dev.swage.graph.Prepared;
import dev.swage.onnx.OnnxModel;
import dev.swage.tensor.Tensor;
import java.util.HashMap;
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
 * @param source what was rewritten
 * @param steps one for each weight, in the order of the plan
 * @param codes the quantizer's result for each quantized weight by name
 * @param stored the initializers that carry codes, scales and zero points, by their name
 */
record Draft(
    OnnxModel model,
    Prepared source,
    List<Step> steps,
    Map<String, QuantizedWeight> codes,
    Map<String, Tensor> stored) {

  /** A weight on its way to codes. */
  static final class Step {
    private final Set<String> initializers;
    private final Supplier<WeightOutcome> making;
    private final CompletableFuture<WeightOutcome> outcome = new CompletableFuture<>();

    /**
     * What is to be done.
     *
     * @param initializers that hold nothing until it is
     */
    Step(Set<String> initializers, Supplier<WeightOutcome> making) {
      this.initializers = initializers;
      this.making = making;
    }

    /** Does it, the first time, unless it was abandoned. */
    WeightOutcome make() {
      if (!outcome.isDone()) {
        outcome.complete(making.get());
      }
      return outcome.join();
    }
  }

  /** The same with another model around the same initializers. */
  Draft withModel(OnnxModel other) {
    return new Draft(other, source, steps, codes, stored);
  }

  /**
   * Makes all codes.
   *
   * @throws CompressException if a weight holds NaN or an infinity
   * @throws CancellationException if it was abandoned
   */
  QuantizedModel make() {
    List<WeightOutcome> outcomes = steps.stream().map(Step::make).toList();
    return new QuantizedModel(model, source, outcomes, codes, stored);
  }

  /** Nobody will make what is not made: whoever waits for it is told. */
  void abandon() {
    steps.forEach(step -> step.outcome.cancel(false));
  }

  /**
   * What another thread calls with the name of an initializer before it reads it: returns when the
   * initializer holds its values, and throws {@link CancellationException} if it never will.
   */
  Consumer<String> arrivals() {
    Map<String, Step> makers = new HashMap<>();
    for (Step step : steps) {
      step.initializers.forEach(name -> makers.put(name, step));
    }
    return name -> {
      Step maker = makers.get(name);
      if (maker != null) {
        maker.outcome.join();
      }
    };
  }
}
