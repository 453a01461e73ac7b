package dev.swage.compress.probe;

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
 *
 * @param about what the inputs are; empty where someone gave them
 */
public record ProbeSource(
    List<String> inputNames, List<List<Tensor>> samples, Optional<Probes> about)
    implements DataSource {
  static final String NAME = "seeded random inputs";

  /**
   * What inputs were found.
   *
   * @param source empty where the model runs on none that were tried
   * @param failure why it does not; empty where it does
   * @param limited whether it would take too much to run it, which does not say that it is unsound
   */
  public record Found(Optional<DataSource> source, Optional<String> failure, boolean limited) {
    /**
     * The inputs.
     *
     * @throws CompressException if there are none
     */
    public DataSource require(ModelFile model) {
      return source.orElseThrow(() ->
          new CompressException(
              "%s cannot be proven on random inputs: %s; give inputs with --calibrate; --objective size with --no-verify needs none"
                  .formatted(model.path(), failure.orElse("it takes none"))));
    }
  }

  /**
   * Looks for inputs on which the model runs and its outputs vary.
   *
   * @param known ranges that values are to lie in
   */
  public static Found find(ModelFile model, ValueRanges known) {
    ProbeInputs probes = ProbeInputs.of(model.path(), model.model(), known);
    return new Found(
        probes.inputs().isEmpty()
            ? Optional.empty()
            : Optional.of(new ProbeSource(names(model), probes.inputs(), probes.about())),
        probes.failure(),
        probes.limited());
  }

  /** These inputs, each a list of one tensor per input of the model. */
  public static ProbeSource of(ModelFile source, List<List<Tensor>> inputs) {
    return new ProbeSource(names(source), inputs, Optional.empty());
  }

  private static List<String> names(ModelFile source) {
    return source.model().graph().feeds().stream().map(ValueInfo::name).toList();
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
