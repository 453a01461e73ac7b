package dev.swage.hybrid;

import dev.swage.compress.plan.ModelPlan;
import dev.swage.compress.plan.NodeChoice;
import dev.swage.compress.plan.PlannedNode;
import dev.swage.compress.plan.PlannedValue;
import dev.swage.compress.plan.Rounding;
import dev.swage.compress.plan.WeightForm;
import dev.swage.compress.plan.WeightSlot;
import dev.swage.compress.planner.QuantizedSource;
import dev.swage.compress.weights.WeightLayout;
import dev.swage.graph.GraphEvaluator;
import dev.swage.graph.Preparation;
import dev.swage.onnx.Graph;
import dev.swage.onnx.OnnxModel;
import dev.swage.quant.Granularity;
import dev.swage.quant.QuantScheme;
import dev.swage.quant.RangeEstimator;
import dev.swage.quant.ScaleZeroPoint;
import dev.swage.quant.range.Range;
import dev.swage.tensor.Shape;
import dev.swage.tensor.Tensor;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * A quantized model as floats: its weights are what their codes stand for, and values are not
 * rounded. What the file's codes were is kept, for quantizers of the same width to begin with.
 *
 * @param model in floats
 * @param weights codes of the file by the name of the weight that they became
 * @param values codes of the file by the name of the value that passed through them
 */
record FloatView(OnnxModel model, Map<String, FileCodes> weights, Map<String, FileCodes> values) {
  /**
   * Of a model with QuantizeLinear and DequantizeLinear; empty where nothing is quantized.
   *
   * @throws dev.swage.compress.plan.CompressException naming a node that works on codes in another
   *     way
   */
  static Optional<FloatView> of(OnnxModel model) {
    if (QuantizedSource.operators(model).isEmpty()) {
      return Optional.empty();
    }
    return Optional.of(new Dequantizing(Preparation.inlined(model, GraphEvaluator.none())).view());
  }

  /**
   * The plan with the codes of the file where these are as wide as the plan's.
   *
   * @param prepared the graph that the plan is for
   */
  ModelPlan begin(ModelPlan plan, Graph prepared) {
    List<PlannedNode> nodes =
        plan.nodes().stream()
            .map(node ->
                switch (node.choice()) {
                  case NodeChoice.Static(List<WeightSlot> slots) ->
                      node.withChoice(new NodeChoice.Static(begin(slots, prepared, false)));
                  case NodeChoice.WeightOnly(List<WeightSlot> slots) ->
                      node.withChoice(new NodeChoice.WeightOnly(begin(slots, prepared, true)));
                  case NodeChoice.Dynamic(List<WeightSlot> slots) ->
                      node.withChoice(new NodeChoice.Dynamic(begin(slots, prepared, false)));
                  default -> node;
                })
            .toList();
    return plan.withNodes(nodes)
        .withValues(plan.values().stream().map(value -> begin(value, plan)).toList());
  }

  private List<WeightSlot> begin(List<WeightSlot> slots, Graph prepared, boolean alone) {
    List<WeightSlot> begun = new ArrayList<>();
    for (WeightSlot slot : slots) {
      FileCodes codes = weights.get(slot.weight());
      Tensor weight = prepared.initializers().get(slot.weight());
      begun.add(
          codes != null && weight != null && codes.isWidth(slot.scheme().bits())
              ? begin(slot, weight.shape(), codes, alone)
              : slot);
    }
    return begun;
  }

  /**
   * Alone, a weight has any granularity that the file had; in integer kernels, that of the kernel.
   */
  private static WeightSlot begin(WeightSlot slot, Shape shape, FileCodes codes, boolean alone) {
    WeightForm form = slot.form();
    Granularity parts = WeightLayout.ownScheme(slot).granularity();
    if (alone && form != WeightForm.TRANSPOSED) {
      form = codes.shape().equals(shape) ? WeightForm.AS_IS : form(codes.shape(), shape, form);
      parts = codes.granularity();
    }
    boolean same =
        parts.equals(codes.granularity()) || codes.granularity() instanceof Granularity.PerTensor;
    if (!same || !codes.shape().equals(own(shape, form))) {
      return slot;
    }
    Granularity stored = form == WeightForm.TRANSPOSED ? slot.scheme().granularity() : parts;
    int bits = slot.scheme().bits();
    QuantScheme usual =
        new QuantScheme(slot.scheme().storage(), bits, slot.scheme().symmetric(), stored);
    boolean centred = usual.symmetric() && codes.isCentred() && codes.fits(usual);
    return new WeightSlot(
        slot.input(),
        slot.weight(),
        centred ? usual : new QuantScheme(codes.storage(), bits, false, stored),
        form,
        RangeEstimator.given(codes.spread(parts)),
        Rounding.NEAREST);
  }

  private static WeightForm form(Shape codes, Shape weight, WeightForm otherwise) {
    if (weight.rank() > 1 && codes.equals(own(weight, WeightForm.FLATTENED))) {
      return WeightForm.FLATTENED;
    }
    return weight.rank() == 3 && codes.equals(own(weight, WeightForm.STACKED))
        ? WeightForm.STACKED
        : otherwise;
  }

  private static Shape own(Shape shape, WeightForm form) {
    return switch (form) {
      case FLATTENED -> Shape.of(shape.dim(0), shape.inner(0));
      case STACKED -> Shape.of(shape.dim(0) * shape.dim(1), shape.dim(2));
      default -> shape;
    };
  }

  /** Values of a group have one scale: that of the first that the file has codes of. */
  private PlannedValue begin(PlannedValue value, ModelPlan plan) {
    return plan.values().stream()
        .filter(other -> other.group().equals(value.group()))
        .flatMap(other -> Optional.ofNullable(values.get(other.name())).stream())
        .findFirst()
        .filter(codes -> codes.most() - codes.least() == value.scheme().steps())
        .map(codes -> begin(value, codes))
        .orElse(value);
  }

  private static PlannedValue begin(PlannedValue value, FileCodes codes) {
    QuantScheme scheme = value.scheme();
    float scale = codes.params().scales()[0];
    int zeroPoint = codes.params().zeroPoints()[0] - codes.least() + scheme.qmin();
    return new PlannedValue(
        value.name(),
        new Range((scheme.qmin() - zeroPoint) * scale, (scheme.qmax() - zeroPoint) * scale),
        scheme,
        new ScaleZeroPoint(scale, zeroPoint),
        value.group(),
        value.expectedSqnrDb());
  }
}
