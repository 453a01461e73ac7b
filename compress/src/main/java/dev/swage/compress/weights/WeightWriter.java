package dev.swage.compress.weights;

import dev.swage.compress.plan.CompressException;
import dev.swage.compress.plan.ModelPlan;
import dev.swage.compress.plan.NodeChoice;
import dev.swage.compress.plan.WeightSlot;
import dev.swage.onnx.Attribute;
import dev.swage.onnx.FreshNames;
import dev.swage.onnx.Graph;
import dev.swage.onnx.GraphPath;
import dev.swage.onnx.Node;
import dev.swage.onnx.OnnxModel;
import dev.swage.quant.Granularity;
import dev.swage.tensor.DType;
import dev.swage.tensor.Shape;
import dev.swage.tensor.Tensor;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * Writes the weights of nodes that compute in floating point as codes. It decides nothing: codes
 * are those of the plan's slots. Values keep their names, so that layers can be compared before and
 * after.
 */
public final class WeightWriter {
  /** Of weights before they are quantized; half of what one file can hold. */
  private static final long LARGE_BYTES = 1L << 30;

  private final OnnxModel source;
  private final CodeMemory memory;
  private final FreshNames names;
  private final boolean large;
  private final Map<GraphPath, GraphEdit> edits = new HashMap<>();
  private final Map<String, Tensor> stored = new LinkedHashMap<>();
  private final Map<String, QuantizedWeight> codes = new LinkedHashMap<>();

  private WeightWriter(OnnxModel source, List<Weight> weights, CodeMemory memory) {
    this.source = source;
    this.memory = memory;
    this.names = FreshNames.of(source.graph());
    this.large =
        weights.stream().mapToLong(weight -> weight.tensor().byteSize()).sum() > LARGE_BYTES;
  }

  /**
   * The model with codes in place of weights. The codes of the main graph are still to be made;
   * those of graphs inside nodes are made: they are written with the nodes.
   *
   * @param source in an operator set that can carry the codes; nodes that the plan quantizes in
   *     other ways are written already
   * @param memory where the codes are kept
   * @throws CompressException if readers of a weight do not have it in the same codes, or a weight
   *     holds NaN or an infinity
   */
  public static ModelDraft draft(OnnxModel source, ModelPlan plan, CodeMemory memory) {
    Map<String, NodeChoice> choices = plan.choices();
    List<Weight> weights = Weight.of(source.graph());
    WeightWriter writer = new WeightWriter(source, weights, memory);
    List<ModelDraft.Step> steps = new ArrayList<>();
    for (Weight weight : weights) {
      slot(weight, choices).ifPresent(slot -> steps.add(writer.step(weight, slot)));
    }
    return new ModelDraft(writer.model(), steps, writer.codes, writer.stored);
  }

  /** The codes that all readers of a weight have; empty where none has any. */
  private static Optional<WeightSlot> slot(Weight weight, Map<String, NodeChoice> choices) {
    List<WeightSlot> slots = new ArrayList<>();
    for (Weight.Use use : weight.uses()) {
      if (choices.get(use.name()) instanceof NodeChoice.WeightOnly(List<WeightSlot> own)) {
        own.stream()
            .filter(slot -> slot.weight().equals(weight.key()) && slot.input() == use.index())
            .forEach(slots::add);
      }
    }
    if (slots.isEmpty()) {
      return Optional.empty();
    }
    WeightSlot first = slots.getFirst();
    if (slots.size() < weight.uses().size() || !slots.stream().allMatch(first::isSameCodes)) {
      throw new CompressException(
          "the plan has weight '%s' as %s for some of its readers only: %s"
              .formatted(
                  weight.key(),
                  first.choice(),
                  weight.uses().stream()
                      .map(Weight.Use::describe)
                      .collect(Collectors.joining(", "))));
    }
    return Optional.of(first);
  }

  private ModelDraft.Step step(Weight weight, WeightSlot slot) {
    WeightQuantizer quantizer = WeightQuantizer.of(weight, slot, memory);
    codes.put(weight.key(), quantizer.weight());
    int first = stored.size();
    Runnable fill = store(weight, quantizer.weight(), slot);
    Set<String> made = stored.keySet().stream().skip(first).collect(Collectors.toSet());
    long after = stored.values().stream().skip(first).mapToLong(Tensor::byteSize).sum();
    ModelDraft.Step step =
        new ModelDraft.Step(
            weight.key(),
            made,
            () -> {
              double sqnrDb = run(quantizer, weight).sqnrDb();
              fill.run();
              return new ModelDraft.Made(after, sqnrDb);
            });
    if (!home(weight).isMain()) {
      step.make();
    }
    return step;
  }

  private static WeightQuantizer.Result run(WeightQuantizer quantizer, Weight weight) {
    try {
      return quantizer.run();
    } catch (IllegalArgumentException e) {
      throw Weight.notFinite(weight.key(), weight.tensor(), e);
    }
  }

  /** Puts initializers in the weight's place; what fills them once the codes are made. */
  private Runnable store(Weight weight, QuantizedWeight quantized, WeightSlot slot) {
    String name = weight.name();
    edit(weight.path()).remove(name);
    int rank = weight.tensor().shape().rank();
    weight.uses().forEach(use -> edit(use.path()).dequantized(name, rank));
    return switch (slot.form()) {
      case AS_IS -> dequantize(weight, quantized, slot, name);
      case TRANSPOSED -> {
        String value = names.added(name + "_transposed");
        replaceProducts(weight, new GraphEdit.Dequantized(value));
        yield dequantize(weight, quantized, slot, value);
      }
      case FLATTENED, STACKED -> {
        String flat = names.added(name + "_flat");
        Runnable fill = dequantize(weight, quantized, slot, flat);
        String shape = names.added(name + "_shape");
        store(weight, shape, shapeTensor(weight.tensor().shape()));
        edit(home(weight)).add(Node.of("", "Reshape", List.of(flat, shape), name));
        yield fill;
      }
      case N_BITS, N_BITS_TRANSPOSED -> {
        NBitsNode node = NBitsNode.of(quantized, name, names, memory);
        node.initializers().forEach((key, tensor) -> store(weight, key, tensor));
        replaceProducts(weight, new GraphEdit.NBits(node));
        yield node.tensors().fill();
      }
    };
  }

  private GraphEdit edit(GraphPath path) {
    return edits.computeIfAbsent(path, at -> new GraphEdit());
  }

  /**
   * Where codes and their DequantizeLinear go, both: ONNX Runtime 1.29 does not load products it
   * could fuse with codes of a graph around. Graphs inside nodes hold their data in the model file,
   * so large weights stay where they can have a file of their own.
   */
  private GraphPath home(Weight weight) {
    return large ? weight.path() : weight.home();
  }

  /** Their names are taken nowhere else in the model. */
  private void store(Weight weight, String name, Tensor tensor) {
    stored.put(name, tensor);
    edit(home(weight)).store(name, tensor);
  }

  private void replaceProducts(Weight weight, GraphEdit.Product product) {
    weight.uses().forEach(use -> edit(use.path()).product(weight.name(), product));
  }

  private static Tensor shapeTensor(Shape shape) {
    return Tensor.ofLongs(Shape.of(shape.rank()), shape.toArray());
  }

  private Runnable dequantize(
      Weight weight, QuantizedWeight quantized, WeightSlot slot, String output) {
    String name = weight.name();
    DType type = weight.tensor().dtype();
    ScaleType scales = ScaleType.of(type);
    StoredWeight tensors = StoredWeight.of(quantized, slot, scales, memory);
    boolean cast = scales.type() != type;
    String floats = cast ? names.added(name + "_float") : output;
    List<String> inputs = new ArrayList<>();
    inputs.add(names.added(name + "_quantized"));
    store(weight, inputs.getLast(), tensors.codes());
    inputs.add(names.added(name + "_scale"));
    store(weight, inputs.getLast(), tensors.scales());
    if (tensors.zeroPoints().isPresent()) {
      inputs.add(names.added(name + "_zero_point"));
      store(weight, inputs.getLast(), tensors.zeroPoints().get());
    }
    Node node = Node.of("", "DequantizeLinear", inputs, floats);
    edit(home(weight))
        .add(
            switch (slot.scheme().granularity()) {
              case Granularity.PerTensor t -> node;
              case Granularity.PerChannel(int axis) -> node.with("axis", Attribute.of(axis));
              case Granularity.PerGroup(int axis, int size) ->
                  node.with("axis", Attribute.of(axis)).with("block_size", Attribute.of(size));
            });
    if (cast) {
      edit(home(weight)).add(cast(floats, type, output));
    }
    return tensors.fill();
  }

  private static Node cast(String from, DType type, String to) {
    return Node.of("", "Cast", List.of(from), to).with("to", Attribute.of(type));
  }

  private OnnxModel model() {
    Graph graph =
        GraphPath.rewrite(
            source.graph(),
            (path, inner) -> {
              GraphEdit edit = edits.get(path);
              return edit == null ? inner : edit.apply(inner, names);
            });
    OnnxModel model = source.withGraph(graph);
    boolean nBits = edits.values().stream().anyMatch(GraphEdit::needsContrib);
    return nBits ? model.withOpset(NBitsNode.DOMAIN, 1) : model;
  }
}
