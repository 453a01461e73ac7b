package dev.swage.train;

import dev.swage.clip.ClipDecision;
import dev.swage.clip.Gradients;
import dev.swage.tensor.Tensor;
import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.Map;

/** SGD, of somebody who lets the last scale of a quantizer become what it must not be. */
record SpoiledScale(String parameter, float size) implements Optimizer {
  @Override
  public String describe() {
    return "spoils " + parameter;
  }

  @Override
  public double learningRate() {
    return 1e-3;
  }

  @Override
  public Stepper start(List<Parameter> parameters) {
    Stepper sgd = Sgd.of(learningRate()).start(parameters);
    MemorySegment scales =
        parameters.stream()
            .filter(candidate -> candidate.name().equals(parameter))
            .findFirst()
            .orElseThrow()
            .data();
    return new Stepper() {
      @Override
      public void step(Gradients gradients, ClipDecision decision, double learningRate) {
        sgd.step(gradients, decision, learningRate);
        scales.set(Tensor.LE_FLOAT, scales.byteSize() - Float.BYTES, size);
      }

      @Override
      public Map<String, MemorySegment> state() {
        return sgd.state();
      }

      @Override
      public void close() {
        sgd.close();
      }
    };
  }
}
