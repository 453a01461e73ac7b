package dev.swage.hybrid;

import dev.swage.compress.Conversion;
import dev.swage.compress.ModelQuantization;
import dev.swage.compress.PlannedModel;
import dev.swage.compress.QuantGoal;
import dev.swage.compress.QuantMode;
import dev.swage.compress.QuantizeData;
import dev.swage.compress.QuantizeOptions;
import dev.swage.compress.plan.ModelPlan;
import dev.swage.compress.plan.Objective;
import dev.swage.compress.plan.PlanDocument;
import dev.swage.compress.plan.PlanForm;
import dev.swage.data.DataSource;
import dev.swage.onnx.Graph;
import dev.swage.onnx.OnnxModel;
import dev.swage.train.quantize.QuantizedGraph;
import dev.swage.train.quantize.TrainedQuantizer;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/**
 * Trains a model through the codes that it will be shipped with:
 *
 * <pre>{@code
 * QuantizationAware qat = QuantizationAware.plan(model, QuantizeData.of(data), QatOptions.of(4));
 * TrainingRun run = Trainer.of(qat.model()).loss(...).optimizer(...).fit(data);
 * qat.write(run.model(), Path.of("small.onnx"), Optional.of(samples));
 * }</pre>
 *
 * <p>The plan is that of quantization after training. Each of its weights and values becomes a
 * quantizer in the graph, whose forward pass is QuantizeLinear and DequantizeLinear, bit for bit.
 * The graph is prepared as for quantization, batch norm folded into the layers before it: what is
 * trained is what is written.
 */
public final class QuantizationAware {
  private final PlannedModel planned;
  private final ModelPlan plan;
  private final QuantizedGraph graph;
  private final QuantizeOptions options;

  private QuantizationAware(
      PlannedModel planned, ModelPlan plan, QuantizedGraph graph, QuantizeOptions options) {
    this.planned = planned;
    this.plan = plan;
    this.graph = graph;
    this.options = options;
  }

  /**
   * Plans which weights and values become codes, and puts their quantizers into the model.
   *
   * <p>Of a model that is quantized already, with QuantizeLinear and DequantizeLinear, weights
   * become floats again; quantizers begin with the file's scales and zero points where they are as
   * wide as its codes.
   *
   * @param data to observe activations on, where they become codes
   * @throws dev.swage.compress.plan.CompressException if nothing can be quantized, or the model
   *     works on codes of which no floats can be made
   */
  public static QuantizationAware plan(OnnxModel model, QuantizeData data, QatOptions options) {
    Optional<FloatView> quantized = FloatView.of(model);
    OnnxModel floats = quantized.map(FloatView::model).orElse(model);
    PlannedModel planned = ModelQuantization.of(quantizeOptions(options)).plan(floats, data);
    ModelPlan plan = new Widths(options, planned).lowered();
    Graph prepared = planned.prepared().model().graph();
    return of(
        floats, planned, quantized.map(view -> view.begin(plan, prepared)).orElse(plan), options);
  }

  /**
   * As a plan says that was stored, and perhaps edited: which nodes become codes, how wide these
   * are, and the ranges that they begin with.
   *
   * @param stored of this model, or of one with the same nodes and other weights
   * @param name what errors call the model
   * @param data to observe ranges on anew, for weights are others now; none for the plan's ranges
   * @param options how scales follow; widths have no effect
   * @throws dev.swage.compress.plan.CompressException if the plan is for another model or
   *     preparation, saying what differs, or has what cannot be trained through
   */
  public static QuantizationAware plan(
      PlanDocument stored, OnnxModel model, String name, QuantizeData data, QatOptions options) {
    PlannedModel planned = GivenPlan.resolve(stored, model, name);
    ModelPlan plan =
        data.samples()
            .filter(_ -> !planned.plan().values().isEmpty())
            .map(samples -> ObservedRanges.of(planned, samples))
            .orElse(planned.plan());
    return of(model, planned, plan, options);
  }

  private static QuantizationAware of(
      OnnxModel source, PlannedModel planned, ModelPlan plan, QatOptions options) {
    List<TrainedQuantizer> quantizers = new Quantizers(options, planned, plan).all();
    OnnxModel apart = Unsharing.of(planned.prepared(), source.graph(), plan);
    QuantizedGraph graph = QuantizedGraph.of(apart, quantizers, options.scalesGradient());
    return new QuantizationAware(planned, plan, graph, quantizeOptions(options));
  }

  private static QuantizeOptions quantizeOptions(QatOptions options) {
    QuantMode mode = options.fixesRanges() ? QuantMode.STATIC : QuantMode.WEIGHT_ONLY;
    return QuantizeOptions.of(mode)
        .withForm(PlanForm.QDQ)
        .withWeights(options.weights())
        .withGoal(QuantGoal.of(Objective.SIZE).allowingDamage());
  }

  /** What is to be trained: the prepared model with its quantizers. */
  public OnnxModel model() {
    return graph.model();
  }

  /** What becomes codes. */
  public ModelPlan plan() {
    return plan;
  }

  public List<TrainedQuantizer> quantizers() {
    return graph.quantizers();
  }

  /** Scales and zero points as training left them. */
  public List<TrainedQuantizer> trained(OnnxModel trained) {
    return graph.trained(trained);
  }

  /** The trained model without quantizers, its weights before they become codes. */
  public OnnxModel floats(OnnxModel trained) {
    return graph.floats(trained);
  }

  /** The plan with the scales that were trained. */
  public ModelPlan plan(OnnxModel trained) {
    return TrainedPlan.of(plan, trained(trained));
  }

  /**
   * Writes the codes of a trained model; they are those of the last forward pass.
   *
   * @param trained {@link #model} with other weights
   * @param samples to prove the file on; random inputs where empty
   */
  public Conversion write(OnnxModel trained, Path output, Optional<DataSource> samples) {
    return ModelQuantization.of(options).write(plan(trained), floats(trained), output, samples);
  }

  /** The graph before any quantizer: what the plan was made for. */
  public OnnxModel prepared() {
    return planned.prepared().model();
  }
}
