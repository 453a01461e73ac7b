package dev.swage.compress.speed;

import dev.swage.compress.plan.Assignment;
import dev.swage.compress.qdq.QdqModel;
import dev.swage.onnx.OnnxModel;
import dev.swage.tensor.Tensor;
import java.util.List;
import java.util.function.Function;

/**
 * Which nodes of a model are worth quantizing on this machine, by what ONNX Runtime takes for them.
 *
 * <p>The float model and the one with everything quantized are profiled in turn: that gives each
 * node's time on either side, among neighbours on the same side. Values that change sides are
 * converted, which is timed too. The cheapest choice of sides is a minimum cut. What it gives is
 * profiled in its turn, where conversions and nodes show what they take next to the other side, and
 * chosen again. In the end whole models are timed in turn and the fastest wins.
 *
 * @param nodes times of the nodes that could be quantized, in graph order
 * @param floatMillis of one run of the original model, as {@link Candidate#millis}
 * @param candidates the quantized models that were timed, the chosen one first
 * @param given the nodes to be kept; to be planned with
 * @param faster whether the chosen model beats the original, on the quiet machine and round by
 *     round
 */
public record MeasuredChoice(
    List<NodeTiming> nodes,
    double floatMillis,
    List<Candidate> candidates,
    Assignment given,
    boolean faster) {
  public MeasuredChoice {
    nodes = List.copyOf(nodes);
    candidates = List.copyOf(candidates);
  }

  /**
   * Measures.
   *
   * @param prepared the float model that is planned
   * @param sample one sample of its inputs
   * @param quantize the model with these nodes kept, and everything else quantized that can be
   */
  public static MeasuredChoice of(
      OnnxModel prepared,
      List<Tensor> sample,
      Function<Assignment, QdqModel> quantize,
      MeasureOptions options) {
    return of(prepared, sample, quantize, options, MeasureListener.NONE);
  }

  /** Measures, and tells the listener how far it has come. */
  public static MeasuredChoice of(
      OnnxModel prepared,
      List<Tensor> sample,
      Function<Assignment, QdqModel> quantize,
      MeasureOptions options,
      MeasureListener listener) {
    return among(
        new MeasuredModel(prepared, prepared, sample),
        given -> MixedModel.of(prepared.graph(), quantize.apply(given)),
        options,
        listener);
  }

  /** As {@code of}, for models with codes of any kind. */
  public static MeasuredChoice among(
      MeasuredModel model,
      Function<Assignment, MixedModel> quantize,
      MeasureOptions options,
      MeasureListener listener) {
    return new ChoiceSearch(model, quantize, options, listener).run();
  }
}
