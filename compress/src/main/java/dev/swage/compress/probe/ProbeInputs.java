package dev.swage.compress.probe;

import dev.swage.onnx.OnnxModel;
import dev.swage.run.ModelSession;
import dev.swage.tensor.Tensor;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/**
 * Seeded inputs for a model nobody gave data for: {@link ProbeSearch} says how they are found.
 *
 * @param inputs what the model runs on; empty when it runs on none of what was tried
 * @param about what they are; empty when there are none
 * @param failure why the model runs on none; empty when it does
 * @param limited whether it would take too much to run it, which does not say that it is unsound
 */
record ProbeInputs(
    List<List<Tensor>> inputs, Optional<Probes> about, Optional<String> failure, boolean limited) {
  ProbeInputs {
    inputs = List.copyOf(inputs);
  }

  /** Of a file; values of inputs whose ranges are known lie in these. */
  static ProbeInputs of(Path file, OnnxModel model, ValueRanges known) {
    try (ModelSession session = ModelSession.open(file)) {
      return new ProbeSearch(session, model.graph(), known).run();
    }
  }
}
