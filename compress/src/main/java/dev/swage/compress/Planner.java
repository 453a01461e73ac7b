package dev.swage.compress;

import dev.swage.compress.WeightDecision.Keep;
import dev.swage.compress.WeightDecision.Quantize;
import dev.swage.onnx.Graph;
import dev.swage.onnx.Node;
import dev.swage.onnx.OnnxModel;
import dev.swage.quant.Granularity;
import dev.swage.quant.QuantScheme;
import dev.swage.tensor.DType;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;

/** Decides, without touching a value, what happens to each weight of a model. */
final class Planner {
  private final WeightOptions options;
  private final Set<String> coarse;

  private Planner(WeightOptions options, Set<String> coarse) {
    this.options = options;
    this.coarse = coarse;
  }

  /**
   * The plan for a model.
   *
   * @throws CompressException if an excluded name is neither a weight nor a node
   */
  static QuantPlan plan(OnnxModel model, WeightOptions options) {
    return plan(model, options, Set.of());
  }

  /**
   * As {@link #plan(OnnxModel, WeightOptions)}, knowing which weights need groups.
   *
   * @param coarse keys of weights for which a scale per channel is too coarse
   */
  static QuantPlan plan(OnnxModel model, WeightOptions options, Set<String> coarse) {
    Graph graph = model.graph();
    List<Weight> weights = Weight.of(graph);
    requireKnown(options.exclude(), graph);
    Planner planner = new Planner(options, coarse);
    List<QuantPlan.PlannedWeight> planned = new ArrayList<>();
    for (Weight weight : weights) {
      planned.add(
          new QuantPlan.PlannedWeight(
              weight.key(),
              weight.tensor().dtype(),
              weight.tensor().shape(),
              weight.uses().stream().map(Weight.Use::describe).distinct().toList(),
              planner.decide(weight)));
    }
    return new QuantPlan(planned);
  }

  private static void requireKnown(Set<String> names, Graph graph) {
    Set<String> known = Exclusions.named(graph);
    for (String name : names) {
      if (!known.contains(name)) {
        throw new CompressException(
            "cannot exclude '%s': the model has no weight and no node of that name"
                .formatted(name));
      }
    }
  }

  private WeightDecision decide(Weight weight) {
    if (weight.output()) {
      return keep(KeepReason.GRAPH_OUTPUT);
    }
    if (weight.uses().isEmpty()) {
      return keep(KeepReason.UNUSED);
    }
    Set<WeightRole> roles = new LinkedHashSet<>();
    for (Weight.Use use : weight.uses()) {
      Optional<WeightRole> role = WeightRole.of(use.node(), use.index());
      if (role.isEmpty()) {
        return new Keep(WeightRole.reasonWithoutRole(use.node(), use.index()), use.node().opType());
      }
      roles.add(role.get());
    }
    return roles.size() > 1
        ? new Keep(KeepReason.CONFLICTING_USES, roles.toString())
        : decide(weight, roles.iterator().next());
  }

  private WeightDecision decide(Weight weight, WeightRole role) {
    int rank = weight.tensor().shape().rank();
    long elements = weight.tensor().shape().elements();
    if (excluded(weight)) {
      return keep(KeepReason.EXCLUDED);
    }
    if (weight.tensor().dtype() != DType.FLOAT32) {
      return new Keep(KeepReason.NOT_FLOAT32, weight.tensor().dtype().toString());
    }
    if (!role.takesRank(rank) || elements == 0) {
      return new Keep(KeepReason.UNSUPPORTED_SHAPE, weight.tensor().shape().toString());
    }
    if (elements < options.minElements()) {
      return new Keep(KeepReason.TOO_SMALL, elements + " < " + options.minElements());
    }
    return options.format() == WeightFormat.QDQ ? qdq(weight, role) : nBits(weight, role, rank);
  }

  private boolean excluded(Weight weight) {
    Set<String> names = options.exclude();
    return names.contains(weight.name())
        || names.contains(weight.key())
        || weight.uses().stream().anyMatch(use -> names(use).anyMatch(names::contains));
  }

  private static Stream<String> names(Weight.Use use) {
    return Stream.of(use.node().name(), use.path().key(use.node().name()));
  }

  private WeightDecision qdq(Weight weight, WeightRole role) {
    int rank = weight.tensor().shape().rank();
    WeightForm product =
        role == WeightRole.PRODUCT_TRANSPOSED ? WeightForm.TRANSPOSED : WeightForm.AS_IS;
    WeightGrouping grouping =
        options.grouping() instanceof WeightGrouping.Adaptive(int group)
            ? coarse.contains(weight.key())
                ? WeightGrouping.groups(group)
                : WeightGrouping.perChannel()
            : options.grouping();
    return switch (grouping) {
      case WeightGrouping.Adaptive adaptive ->
          throw new IllegalStateException("an adaptive grouping is one of its two");
      case WeightGrouping.PerTensor tensor ->
          quantize(weight, role, Granularity.perTensor(), product);
      case WeightGrouping.PerChannel channel -> {
        if (role == WeightRole.RECURRENT && weight.tensor().shape().dim(0) > 1) {
          yield quantize(weight, role, Granularity.perChannel(0), WeightForm.STACKED);
        }
        int axis = product == WeightForm.TRANSPOSED ? 1 : role.channelAxis(rank);
        yield quantize(weight, role, Granularity.perChannel(axis), product);
      }
      case WeightGrouping.Groups(int size) ->
          switch (role) {
            case PRODUCT, PRODUCT_TRANSPOSED ->
                quantize(weight, role, Granularity.perGroup(rank - 2, size), product);
            case RECURRENT ->
                quantize(weight, role, Granularity.perGroup(2, size), WeightForm.AS_IS);
            case EMBEDDING ->
                quantize(weight, role, Granularity.perGroup(1, size), WeightForm.AS_IS);
            case CONVOLUTION, CONVOLUTION_TRANSPOSED, CONVOLUTION_TRANSPOSED_GROUPED ->
                quantize(weight, role, Granularity.perGroup(1, size), WeightForm.FLATTENED);
          };
    };
  }

  /**
   * ONNX Runtime 1.29 fuses products with 2-bit weights wrongly unless the columns are a multiple
   * of 4; there the 2 bits are carried by a 4-bit type.
   */
  private Quantize quantize(
      Weight weight, WeightRole role, Granularity granularity, WeightForm form) {
    QuantScheme scheme = scheme(granularity);
    boolean product = role == WeightRole.PRODUCT || role == WeightRole.PRODUCT_TRANSPOSED;
    if (scheme.storage().bits() == 2
        && product
        && weight.tensor().shape().dim(role.columnAxis()) % 4 != 0) {
      DType wider = scheme.storage().isSigned() ? DType.INT4 : DType.UINT4;
      scheme = new QuantScheme(wider, scheme.bits(), scheme.symmetric(), granularity);
    }
    return new Quantize(scheme, form);
  }

  private WeightDecision nBits(Weight weight, WeightRole role, int rank) {
    boolean transposed = role == WeightRole.PRODUCT_TRANSPOSED;
    if (!(options.grouping() instanceof WeightGrouping.Groups(int size))
        || (role != WeightRole.PRODUCT && !transposed)) {
      return new Keep(KeepReason.NOT_TAKEN_BY_FORMAT, weight.uses().getFirst().node().opType());
    }
    if (rank != 2) {
      return new Keep(KeepReason.UNSUPPORTED_SHAPE, weight.tensor().shape().toString());
    }
    for (Weight.Use use : weight.uses()) {
      if (!isPlainProduct(use.node())) {
        return new Keep(
            KeepReason.NOT_TAKEN_BY_FORMAT,
            isProduct(use.node())
                ? "Gemm with alpha, beta or transA: " + use.node().name()
                : use.node().opType());
      }
    }
    return new Quantize(
        scheme(Granularity.perGroup(0, size)),
        transposed ? WeightForm.N_BITS_TRANSPOSED : WeightForm.N_BITS);
  }

  private static boolean isProduct(Node node) {
    return node.is("MatMul") || node.is("Gemm");
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

  private static Keep keep(KeepReason reason) {
    return new Keep(reason, "");
  }
}
