package dev.swage.compress.search;

import dev.swage.compress.plan.Assignment;
import dev.swage.onnx.OnnxModel;
import java.util.List;

/** A model that can be quantized with its nodes going one way or another. */
public interface ModelVariants {
  /** What to call the model in errors. */
  String name();

  /** The float model that is quantized: prepared, in the operator set of the result. */
  OnnxModel reference();

  /** Hash of the model. */
  String modelHash();

  /** Everything else that the result depends on, in words. */
  String describe();

  /** The nodes that are quantized with nothing decided, and the ways they can go. */
  List<Ladder> ladders();

  /** The model with what is decided of some nodes, and all others quantized that can be. */
  Candidate with(Assignment given);

  /**
   * A quantized model.
   *
   * @param model whose values keep the names they have in the {@link #reference}
   * @param quantized the nodes that compute with codes, in graph order
   */
  record Candidate(OnnxModel model, List<String> quantized) {
    public Candidate {
      quantized = List.copyOf(quantized);
    }
  }
}
