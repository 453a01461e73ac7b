package dev.swage.compress.proof;

import dev.swage.compress.plan.CompressException;
import dev.swage.data.Batch;
import dev.swage.data.DataSource;
import dev.swage.onnx.ValueInfo;
import dev.swage.run.ModelFile;
import dev.swage.tensor.Shape;
import dev.swage.tensor.Tensor;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * Seeded random inputs as data, for models nobody gave data for; each sample is a whole set of
 * inputs, batch axes and all.
 */
public record ProbeSource(List<String> inputNames, List<List<Tensor>> samples)
    implements DataSource {
  static final String NAME = "seeded random inputs";

  /**
   * Inputs on which the model runs.
   *
   * @throws CompressException if it runs on none that were tried
   */
  public static ProbeSource of(ModelFile source) {
    ProbeInputs probes = ProbeInputs.of(source.path(), source.model());
    if (probes.inputs().isEmpty()) {
      throw new CompressException(
          "%s cannot be proven on random inputs: %s; give inputs with --calibrate"
              .formatted(source.path(), probes.failure().orElse("it takes none")));
    }
    return of(source, probes.inputs());
  }

  /** These inputs, each a list of one tensor per input of the model. */
  public static ProbeSource of(ModelFile source, List<List<Tensor>> inputs) {
    return new ProbeSource(
        source.model().graph().feeds().stream().map(ValueInfo::name).toList(), inputs);
  }

  @Override
  public String name() {
    return NAME;
  }

  @Override
  public int size() {
    return samples.size();
  }

  @Override
  public List<Shape> inputShapes() {
    return samples.getFirst().stream().map(Tensor::shape).toList();
  }

  @Override
  public OptionalInt classes() {
    return OptionalInt.empty();
  }

  @Override
  public boolean isNoise() {
    return true;
  }

  @Override
  public int largestBatch() {
    return 1;
  }

  @Override
  public Batch batch(int... indices) {
    return new Batch(samples.get(indices[0]), Optional.empty());
  }
}
