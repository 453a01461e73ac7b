package dev.swage.compress.planner;

import dev.swage.compress.plan.ModelHash;
import dev.swage.compress.plan.NodeNames;
import dev.swage.graph.Preparation;
import dev.swage.graph.PreparationOptions;
import dev.swage.graph.Prepared;
import dev.swage.onnx.OnnxModel;
import dev.swage.run.ModelFile;
import dev.swage.run.RuntimeEvaluator;
import java.nio.file.Path;

/**
 * A model file to quantize, and the graph that is.
 *
 * @param hash tells the file apart
 * @param prepared the graph in the operator set wanted, each node under a name of its own
 */
public record SourceModel(ModelFile file, ModelHash hash, Prepared prepared) {
  /**
   * Reads and prepares a file.
   *
   * @param options how far it is prepared
   */
  public static SourceModel read(Path path, PreparationOptions options) {
    ModelFile file = ModelFile.read(path);
    return of(file, ModelHash.of(file), options);
  }

  /** A model that was read. */
  public static SourceModel of(ModelFile file, ModelHash hash, PreparationOptions options) {
    return new SourceModel(file, hash, prepare(file.model(), options));
  }

  private static Prepared prepare(OnnxModel model, PreparationOptions options) {
    Prepared prepared = Preparation.of(model, options, new RuntimeEvaluator());
    return prepared.withModel(NodeNames.distinct(prepared.model()));
  }

  /**
   * The same in a later operator set.
   *
   * @param simplify whether what the later operator set lets be simplified is; nodes may be gone
   *     then
   */
  public SourceModel raisedTo(long opset, boolean simplify) {
    if (opset <= model().opset()) {
      return this;
    }
    PreparationOptions raise =
        PreparationOptions.defaults().withSimplify(simplify).withOpset(opset).withCopies(false);
    return new SourceModel(file, hash, prepared.then(prepare(model(), raise)));
  }

  public Path path() {
    return file.path();
  }

  /** The prepared graph. */
  public OnnxModel model() {
    return prepared.model();
  }
}
