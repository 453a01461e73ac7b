package dev.swage.compress;

import dev.swage.onnx.OnnxModel;
import dev.swage.run.ModelFile;
import dev.swage.tensor.Tensor;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;

/**
 * Quantizes the weights of matrix products, convolutions and embeddings; activations stay float32.
 * Needs no data. Memory: the model, its codes, and a few times the largest weight.
 *
 * <pre>{@code
 * QuantizedModel small = WeightOnly.int4().apply(model);
 * }</pre>
 */
public final class WeightOnly {
  /** Metadata key of the scheme in words. */
  public static final String SCHEME_KEY = "swage.quantization";

  /** Metadata key of how many weights were quantized, as {@code 4 of 9}. */
  public static final String WEIGHTS_KEY = "swage.quantization.weights";

  private final WeightOptions options;

  private WeightOnly(WeightOptions options) {
    this.options = options;
  }

  /** {@link WeightOptions#int8}. */
  public static WeightOnly int8() {
    return new WeightOnly(WeightOptions.int8());
  }

  /** {@link WeightOptions#int4}. */
  public static WeightOnly int4() {
    return new WeightOnly(WeightOptions.int4());
  }

  public static WeightOnly of(WeightOptions options) {
    return new WeightOnly(options);
  }

  public WeightOptions options() {
    return options;
  }

  /**
   * What would happen to each weight.
   *
   * @throws CompressException if an excluded name is neither a weight nor a node of the model
   */
  public QuantPlan plan(OnnxModel model) {
    return Planner.plan(model, options);
  }

  /**
   * Plans and rewrites; the model given is not changed.
   *
   * @throws CompressException if no weight can be quantized (the message counts the reasons), a
   *     weight holds NaN or an infinity, or the model's operator set cannot carry the codes
   */
  public QuantizedModel apply(OnnxModel model) {
    QuantPlan plan = plan(model);
    if (plan.quantized() == 0) {
      throw new CompressException(
          "no weight can be quantized: "
              + (plan.weights().isEmpty() ? "the model has none" : plan.kept()));
    }
    QuantizedModel result = Rewriter.rewrite(model, plan, options.range());
    OnnxModel described =
        result
            .model()
            .withMetadata(SCHEME_KEY, options.describe())
            .withMetadata(WEIGHTS_KEY, plan.quantized() + " of " + plan.weights().size());
    return new QuantizedModel(described, result.weights(), result.codes(), result.stored());
  }

  /**
   * Quantizes one file into another and proves the result on seeded random inputs before it takes
   * the output's place. Where ONNX Runtime does not run the source on such inputs, the result's
   * {@link Verification#notRun} says so.
   *
   * @throws CompressException if the output is the input or cannot be written, or as {@link #apply}
   *     and {@link Verifier#verify}
   * @throws dev.swage.onnx.OnnxException if the input cannot be read
   */
  public Conversion convert(Path input, Path output) {
    return convert(input, output, source -> ProbeInputs.of(input, source));
  }

  /**
   * As {@link #convert(Path, Path)}, proven on these inputs.
   *
   * @param inputs each a list of one tensor per input of the model
   */
  public Conversion convert(Path input, Path output, List<List<Tensor>> inputs) {
    return convert(input, output, source -> new ProbeInputs(inputs, Optional.empty()));
  }

  private Conversion convert(Path input, Path output, Function<OnnxModel, ProbeInputs> inputs) {
    requireOther(input, output);
    ModelFile file = ModelFile.read(input);
    OnnxModel source = file.model();
    QuantizedModel quantized = apply(source);
    try (Staging staging = Staging.beside(output)) {
      staging.write(quantized.model());
      ProbeInputs probe = inputs.apply(source);
      Verification verification =
          Verifier.verify(staging.file(), source, quantized, probe.inputs());
      return new Conversion(
          quantized,
          probe.failure().isPresent() ? verification.because(probe.failure()) : verification,
          file.bytes(),
          staging.commit());
    } catch (IOException e) {
      throw new CompressException("%s: cannot be written: %s".formatted(output, e), e);
    }
  }

  private static void requireOther(Path input, Path output) {
    try {
      boolean same =
          input.toAbsolutePath().normalize().equals(output.toAbsolutePath().normalize())
              || (Files.exists(output) && Files.isSameFile(input, output));
      if (same) {
        throw new CompressException(
            "%s: the output is the input; name another file".formatted(output));
      }
    } catch (IOException e) {
      throw new CompressException(
          "%s: cannot be compared with %s: %s".formatted(output, input, e), e);
    }
  }
}
