package dev.swage.compress.weights;

import dev.swage.compress.plan.CompressException;
import dev.swage.compress.plan.KeepReason;
import dev.swage.compress.plan.NodeChoice.Keep;
import dev.swage.compress.plan.Rounding;
import dev.swage.compress.plan.WeightForm;
import dev.swage.compress.plan.WeightGrouping;
import dev.swage.compress.plan.WeightSlot;
import dev.swage.onnx.Graph;
import dev.swage.onnx.Node;
import dev.swage.onnx.op.InputRole;
import dev.swage.onnx.op.WeightKind;
import dev.swage.quant.Granularity;
import dev.swage.quant.QuantScheme;
import dev.swage.tensor.DType;
import dev.swage.tensor.FloatValues;
import dev.swage.tensor.Shape;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** Decides how each weight of a graph becomes codes where weights alone do, or why it does not. */
public final class WeightPlanner {
  /** Widths that MatMulNBits has kernels for. */
  private static final Set<Integer> N_BITS = Set.of(2, 4, 8);

  private final WeightOptions options;
  private final GroupNeed groups;
  private final WeightErrors errors;
  private final FirstLayers first;
  private final boolean judges;

  private WeightPlanner(Graph graph, WeightOptions options, WeightErrors errors, boolean judges) {
    this.options = options;
    this.groups = new GroupNeed(graph, options.grouping(), errors);
    this.errors = errors;
    this.first = FirstLayers.of(graph);
    this.judges = judges;
  }

  /**
   * What becomes of a weight, if all who read it agree.
   *
   * @param slot its codes, for the first who reads it; empty where it is kept
   * @param keep why it is kept; empty where it becomes codes
   */
  public record Decision(Weight weight, Optional<WeightSlot> slot, Optional<Keep> keep) {
    /** The axis of the weight's own shape that runs along output channels, or rows of a table. */
    public int channelAxis() {
      return WeightReading.of(weight).map(reading -> reading.axes().channel()).orElse(0);
    }

    private static Decision quantize(Weight weight, WeightSlot slot) {
      return new Decision(weight, Optional.of(slot), Optional.empty());
    }

    private static Decision keep(Weight weight, KeepReason reason, String detail) {
      return new Decision(weight, Optional.empty(), Optional.of(new Keep(reason, detail)));
    }
  }

  /**
   * A decision for each weight, in file order.
   *
   * @param excluded keys of weights that are kept
   * @param errors what codes lose, for an adaptive grouping
   * @throws CompressException if that has to be known of a weight that holds NaN or infinities
   */
  public static List<Decision> plan(
      Graph graph, WeightOptions options, Set<String> excluded, WeightErrors errors) {
    return plan(graph, options, excluded, errors, true);
  }

  /** As {@link #plan}, with just the sharing of scales that is wished, whatever is lost by it. */
  public static List<Decision> exactly(Graph graph, WeightOptions options) {
    return plan(graph, options, Set.of(), new WeightErrors(), false);
  }

  private static List<Decision> plan(
      Graph graph,
      WeightOptions options,
      Set<String> excluded,
      WeightErrors errors,
      boolean judges) {
    WeightPlanner planner = new WeightPlanner(graph, options, errors, judges);
    return Weight.of(graph).stream()
        .map(weight ->
            excluded.contains(weight.key())
                ? Decision.keep(weight, KeepReason.EXCLUDED, "")
                : planner.decide(weight))
        .toList();
  }

  /** Why a weight has no part in which it could become codes; empty where it has one. */
  public static Optional<Keep> obstacle(Weight weight) {
    if (weight.output()) {
      return Optional.of(new Keep(KeepReason.GRAPH_OUTPUT));
    }
    if (weight.uses().isEmpty()) {
      return Optional.of(new Keep(KeepReason.UNUSED));
    }
    for (Weight.Use use : weight.uses()) {
      if (!WeightReading.takesDequantized(use)) {
        return Optional.of(new Keep(reason(use), use.node().opType()));
      }
    }
    return WeightReading.of(weight).isPresent() || LargeOperand.is(weight)
        ? Optional.empty()
        : Optional.of(unread(weight));
  }

  /** Why nobody reads it as a weight. */
  private static Keep unread(Weight weight) {
    for (Weight.Use use : weight.uses()) {
      if (use.kind().isPresent()) {
        return new Keep(KeepReason.UNSUPPORTED_SHAPE, weight.tensor().shape().toString());
      }
    }
    Weight.Use first =
        weight.uses().stream()
            .filter(use -> !(use.role() instanceof InputRole.Bias))
            .findFirst()
            .orElse(weight.uses().getFirst());
    return new Keep(reason(first), first.node().opType());
  }

  private static KeepReason reason(Weight.Use use) {
    return switch (use.role()) {
      case InputRole.Bias b -> KeepReason.BIAS;
      case InputRole.Peephole p -> KeepReason.BIAS;
      case InputRole.Normalization n -> KeepReason.NORMALIZATION;
      case InputRole.Statistic s -> KeepReason.NORMALIZATION;
      case InputRole.Quantization q -> KeepReason.QUANTIZATION_PARAMETER;
      case InputRole.State s -> KeepReason.INITIAL_STATE;
      case InputRole.Weight w -> KeepReason.UNSUPPORTED_SHAPE;
      case InputRole.Activation a -> KeepReason.NOT_A_WEIGHT;
      case InputRole.Shape s -> KeepReason.NOT_A_WEIGHT;
      case InputRole.Other o -> KeepReason.NOT_A_WEIGHT;
    };
  }

  private Decision decide(Weight weight) {
    return obstacle(weight)
        .or(() -> unfit(weight))
        .map(keep -> new Decision(weight, Optional.empty(), Optional.of(keep)))
        .orElseGet(() ->
            WeightReading.of(weight)
                .map(reading -> decide(weight, reading))
                .orElseGet(() -> operand(weight)));
  }

  private Decision operand(Weight weight) {
    return first.centres(weight)
        ? Decision.keep(
            weight,
            KeepReason.PRECISE_OPERAND,
            "%s bytes, means of the columns of an input"
                .formatted(Long.toString(weight.tensor().byteSize())))
        : new LargeOperand(options, errors).decide(weight);
  }

  /** Why a weight of this type or size is kept; empty where it is not. */
  private Optional<Keep> unfit(Weight weight) {
    Shape shape = weight.tensor().shape();
    if (!FloatValues.areRead(weight.tensor().dtype())) {
      return Optional.of(new Keep(KeepReason.UNSUPPORTED_TYPE, weight.tensor().dtype().toString()));
    }
    if (shape.elements() == 0) {
      return Optional.of(new Keep(KeepReason.UNSUPPORTED_SHAPE, shape.toString()));
    }
    if (shape.elements() < options.minElements()) {
      return Optional.of(
          new Keep(
              KeepReason.TOO_SMALL,
              "%s < %s elements"
                  .formatted(
                      Long.toString(shape.elements()), Long.toString(options.minElements()))));
    }
    return Optional.empty();
  }

  private Decision decide(Weight weight, WeightReading reading) {
    Optional<WeightKind> kind = reading.kind().filter(one -> reading.alone());
    if (judges && kind.isPresent() && losesInputs(weight)) {
      return apart(weight, kind.get());
    }
    return switch (options.format()) {
      case QDQ -> Decision.quantize(weight, standard(weight, reading));
      case MATMUL_N_BITS ->
          notNBits(weight, reading, options.grouping())
              .map(keep -> new Decision(weight, Optional.empty(), Optional.of(keep)))
              .orElseGet(
                  () -> Decision.quantize(weight, nBits(weight, reading, options.grouping())));
      case MATMUL_N_BITS_OR_QDQ -> {
        WeightSlot slot = standard(weight, reading);
        WeightGrouping grouping = slot.choice().grouping();
        boolean taken =
            N_BITS.contains(options.bits()) && notNBits(weight, reading, grouping).isEmpty();
        yield Decision.quantize(weight, taken ? nBits(weight, reading, grouping) : slot);
      }
    };
  }

  /** Where one scale per weight is asked for, a runtime takes no more. */
  private boolean losesInputs(Weight weight) {
    boolean open =
        !(options.grouping() instanceof WeightGrouping.PerTensor
            || options.grouping() instanceof WeightGrouping.PerInput);
    return open && first.losesInputs(weight, options.bits());
  }

  /** Of a weight whose inputs are of very different magnitude. */
  private Decision apart(Weight weight, WeightKind kind) {
    boolean others =
        options.format() == WeightFormat.MATMUL_N_BITS
            || InputSpread.perInput(weight.tensor(), kind) == 1
            || InputSpread.isLostByInput(weight.tensor(), kind, options.bits());
    return others
        ? Decision.keep(weight, KeepReason.INPUTS_APART, "")
        : Decision.quantize(weight, byInput(weight, kind));
  }

  private WeightSlot byInput(Weight weight, WeightKind kind) {
    WeightSlot slot = slot(weight, WeightForms.perInput(weight.tensor().shape(), kind));
    // Roundings that balance or diffuse errors do so in rows with one scale.
    return new WeightSlot(
        slot.input(), slot.weight(), slot.scheme(), slot.form(), slot.range(), Rounding.NEAREST);
  }

  private WeightSlot standard(Weight weight, WeightReading reading) {
    return switch (options.grouping()) {
      case WeightGrouping.Adaptive(int size) -> {
        WeightSlot channels =
            slot(weight, WeightForms.perChannel(weight.tensor().shape(), reading));
        yield groups.isNeeded(weight, channels)
            ? slot(weight, WeightForms.groups(reading, size))
            : channels;
      }
      case WeightGrouping.PerTensor tensor -> slot(weight, WeightForms.perTensor(reading));
      case WeightGrouping.PerInput input ->
          reading
              .kind()
              .map(kind -> byInput(weight, kind))
              .orElseGet(
                  () -> slot(weight, WeightForms.perChannel(weight.tensor().shape(), reading)));
      case WeightGrouping.PerChannel channel ->
          slot(weight, WeightForms.perChannel(weight.tensor().shape(), reading));
      case WeightGrouping.Groups(int size) -> slot(weight, WeightForms.groups(reading, size));
    };
  }

  private WeightSlot slot(Weight weight, WeightForms.Layout layout) {
    QuantScheme scheme = scheme(layout.granularity());
    if (scheme.storage().bits() == 2 && isWronglyFused(weight)) {
      DType wider = scheme.storage().isSigned() ? DType.INT4 : DType.UINT4;
      scheme = new QuantScheme(wider, scheme.bits(), scheme.symmetric(), layout.granularity());
    }
    return new WeightSlot(
        weight.uses().getFirst().index(),
        weight.key(),
        scheme,
        layout.form(),
        options.range(),
        weight.rounding());
  }

  /**
   * ONNX Runtime 1.29 fuses products with 2-bit weights wrongly unless the columns are a multiple
   * of 4; there the 2 bits are carried by a 4-bit type.
   */
  private static boolean isWronglyFused(Weight weight) {
    return weight.kinds().stream()
        .filter(WeightKind::isProduct)
        .anyMatch(kind -> weight.tensor().shape().dim(kind.columnAxis()) % 4 != 0);
  }

  /** Why MatMulNBits does not take a weight; empty where it does. */
  private static Optional<Keep> notNBits(
      Weight weight, WeightReading reading, WeightGrouping grouping) {
    if (!(grouping instanceof WeightGrouping.Groups) || !reading.isProduct()) {
      String operator = weight.uses().getFirst().node().opType();
      return Optional.of(new Keep(KeepReason.NOT_TAKEN_BY_FORMAT, operator));
    }
    if (weight.tensor().dtype() != DType.FLOAT32) {
      return Optional.of(
          new Keep(KeepReason.NOT_TAKEN_BY_FORMAT, weight.tensor().dtype().toString()));
    }
    Shape shape = weight.tensor().shape();
    if (shape.rank() != 2) {
      return Optional.of(new Keep(KeepReason.UNSUPPORTED_SHAPE, shape.toString()));
    }
    return weight.uses().stream()
        .map(Weight.Use::node)
        .filter(node -> !isPlainProduct(node))
        .findFirst()
        .map(node ->
            new Keep(
                KeepReason.NOT_TAKEN_BY_FORMAT,
                node.is("MatMul") || node.is("Gemm")
                    ? "Gemm with alpha, beta or transA: " + node.name()
                    : node.opType()));
  }

  private WeightSlot nBits(Weight weight, WeightReading reading, WeightGrouping grouping) {
    if (!(grouping instanceof WeightGrouping.Groups(int size))) {
      throw new IllegalArgumentException("MatMulNBits quantizes in groups, got " + grouping);
    }
    WeightForm form =
        reading.is(WeightKind.PRODUCT_TRANSPOSED)
            ? WeightForm.N_BITS_TRANSPOSED
            : WeightForm.N_BITS;
    return slot(weight, new WeightForms.Layout(Granularity.perGroup(0, size), form));
  }

  private static boolean isPlainProduct(Node node) {
    return (node.is("MatMul") || node.is("Gemm"))
        && node.floatAttribute("alpha", 1) == 1
        && (node.floatAttribute("beta", 1) == 1 || node.input(2).isEmpty())
        && node.intAttribute("transA", 0) == 0;
  }

  private QuantScheme scheme(Granularity granularity) {
    return options.symmetric()
        ? QuantScheme.symmetric(options.bits(), granularity)
        : QuantScheme.asymmetric(options.bits(), granularity);
  }
}
