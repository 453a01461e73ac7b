package dev.swage.compress;

import dev.swage.compress.plan.CompressException;
import dev.swage.compress.plan.ModelPlan;
import dev.swage.compress.proof.Proof;
import dev.swage.compress.proof.Proof.Depth;
import dev.swage.compress.weights.WeightOptions;
import dev.swage.compress.write.QuantizedModel;
import dev.swage.data.DataSource;
import dev.swage.onnx.OnnxModel;
import java.nio.file.Path;

/**
 * Quantizes the weights of matrix products, convolutions and embeddings; activations stay float32.
 * Needs no data. A preset of {@link ModelQuantization}.
 *
 * <pre>{@code
 * QuantizedModel small = WeightOnly.int4().apply(model);
 * }</pre>
 */
public final class WeightOnly {
  private final QuantizeOptions options;

  private WeightOnly(QuantizeOptions options) {
    this.options = options;
  }

  /** {@link WeightOptions#int8}. */
  public static WeightOnly int8() {
    return of(WeightOptions.int8());
  }

  /** {@link WeightOptions#int4}. */
  public static WeightOnly int4() {
    return of(WeightOptions.int4());
  }

  public static WeightOnly of(WeightOptions options) {
    return new WeightOnly(QuantizeOptions.of(QuantMode.WEIGHT_ONLY).withWeights(options));
  }

  /**
   * The same on the graph as it is: it is not simplified first. Its operator set is still raised as
   * far as the codes need.
   */
  public WeightOnly unprepared() {
    return new WeightOnly(options.withSimplify(false));
  }

  /**
   * The same without a proof: {@link #convert} neither reads back what it wrote nor runs it, and
   * {@link Proof#notRun} says so.
   */
  public WeightOnly withoutVerification() {
    return new WeightOnly(options.withProof(options.proof().withDepth(Depth.NOTHING)));
  }

  /**
   * Source models of more bytes are not run for the proof: their codes are read back and compared,
   * and {@link Proof#notRun} says why no more. A run needs several times the model's bytes of
   * memory, and as much disk beside the output.
   */
  public WeightOnly withRunLimit(long bytes) {
    return new WeightOnly(options.withProof(options.proof().withRunLimit(bytes)));
  }

  /** The options that this stands for. */
  public QuantizeOptions options() {
    return options;
  }

  /**
   * What would happen to a model in memory, and to each of its weights; also where that is nothing.
   *
   * @throws CompressException if an excluded name is not in the model, or a weight that would be
   *     quantized holds NaN or infinities
   */
  public ModelPlan plan(OnnxModel model) {
    return ModelQuantization.of(options).plan(model, QuantizeData.none()).plan();
  }

  /**
   * Prepares, plans and writes; the model given is not changed. All codes are on the heap.
   *
   * @throws CompressException if no weight can be quantized (the message counts the reasons), a
   *     weight holds NaN or an infinity, or an excluded name is not in the model
   * @throws dev.swage.onnx.OnnxException if an operator of the model cannot be raised to the
   *     operator set that the codes need
   */
  public QuantizedModel apply(OnnxModel model) {
    return ModelQuantization.of(options).apply(model, QuantizeData.none());
  }

  /**
   * Quantizes one file into another and proves the result on seeded random inputs before it takes
   * the output's place: what preparing and what quantizing did to the outputs. Where ONNX Runtime
   * does not run the source on such inputs, {@link Proof#notRun} says so.
   *
   * @throws CompressException if the output is the input or cannot be written, or as {@link
   *     #apply}; or if the proof fails
   * @throws dev.swage.onnx.OnnxException if the input cannot be read
   */
  public Conversion convert(Path input, Path output) {
    return ModelQuantization.of(options).convert(input, output, QuantizeData.none());
  }

  /**
   * As {@link #convert(Path, Path)}, proven on these samples.
   *
   * @param samples inputs of the model
   */
  public Conversion convert(Path input, Path output, DataSource samples) {
    return ModelQuantization.of(options).convert(input, output, QuantizeData.of(samples));
  }
}
