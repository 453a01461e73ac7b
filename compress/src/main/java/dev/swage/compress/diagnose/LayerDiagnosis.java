package dev.swage.compress.diagnose;

import dev.swage.data.DataSource;
import dev.swage.onnx.OnnxModel;
import dev.swage.onnx.ValueInfo;
import dev.swage.run.ActivationGroups;
import dev.swage.run.ActivationRunner;
import dev.swage.run.ActivationSession;
import dev.swage.run.SampleFeed;
import dev.swage.run.SessionOptions;
import dev.swage.run.score.SignalToNoise;
import dev.swage.tensor.DType;
import dev.swage.tensor.Shape;
import dev.swage.tensor.Tensor;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Collectors;

/**
 * Where a quantized model loses what: the error of each value both models compute, isolated and
 * cumulative.
 *
 * <p>Every quantized node is put beside its float original in one graph, reading the same float
 * operands, so that all isolated errors come from one run of the samples; ONNX Runtime fuses these
 * nodes as it fuses those of the quantized model. Samples are streamed. Time: about three runs of
 * the model for each sample. Memory: {@link DiagnosisOptions#memoryBudget}, both models, and their
 * largest activations. Nodes whose branches compute again what is outside them are left out.
 */
public final class LayerDiagnosis {
  /** Copies of a value that live at once: of the model, beside it, of the quantized, to compare. */
  private static final int COPIES = 4;

  private final String name;
  private final OnnxModel reference;
  private final OnnxModel quantized;
  private final ComparisonGraph graphs;
  private final DataSource data;
  private final DiagnosisOptions options;
  private final SessionOptions session;

  private LayerDiagnosis(
      String name,
      OnnxModel reference,
      OnnxModel quantized,
      DataSource data,
      DiagnosisOptions options) {
    this.name = name;
    this.reference = reference;
    this.quantized = quantized;
    this.graphs = new ComparisonGraph(reference, quantized);
    this.data = data.limit(options.samples());
    this.options = options;
    this.session = SessionOptions.defaults().withShapesVary(data.largestBatch() == 1);
  }

  /**
   * Compares the float32 values of the main graph that both models give the same name, in the float
   * model's order; {@link LayerNoise#BY_ISOLATED} ranks them.
   *
   * @param name what to call the model in errors
   * @param reference the float model, as prepared for quantization
   * @param quantized made of it, in QDQ form or with its weights alone quantized; sizes may differ,
   *     names of values and operator set may not
   * @throws dev.swage.run.RunException if either cannot be run on the data
   */
  public static List<LayerNoise> of(
      String name,
      OnnxModel reference,
      OnnxModel quantized,
      DataSource data,
      DiagnosisOptions options) {
    return new LayerDiagnosis(name, reference, quantized, data, options).run();
  }

  private List<LayerNoise> run() {
    List<ComparedPart> compared = graphs.besides();
    if (compared.isEmpty()) {
      return List.of();
    }
    Map<String, ComparedPart> parts =
        compared.stream()
            .collect(
                Collectors.toMap(
                    ComparedPart::value, Function.identity(), (a, b) -> a, LinkedHashMap::new));
    List<LayerNoise> layers = new ArrayList<>();
    for (List<String> group : groups(new ArrayList<>(parts.keySet()))) {
      layers.addAll(run(group.stream().map(parts::get).toList()));
    }
    return List.copyOf(layers);
  }

  private List<List<String>> groups(List<String> values) {
    List<String> floats;
    List<Tensor> first;
    try (ActivationSession all = ActivationSession.open(name, reference, values, session)) {
      floats =
          values.stream()
              .filter(value -> {
                ValueInfo info = all.describe(value);
                return info.dtype().filter(type -> type == DType.FLOAT32).isPresent();
              })
              .toList();
      SampleFeed feed = new SampleFeed(all.session(), data, options.batchSize());
      first = all.complete(data, feed.inputs(feed.batch(0)));
    }
    List<Shape> shapes = ActivationSession.shapes(name, reference, floats, first, session);
    return ActivationGroups.within(options.memoryBudget() / COPIES, floats, shapes);
  }

  private List<LayerNoise> run(List<ComparedPart> group) {
    List<ComparedPart> changed = group.stream().filter(part -> !part.same()).toList();
    Map<String, String> alone = new HashMap<>();
    OnnxModel beside = graphs.beside(changed, alone);
    List<String> values = new ArrayList<>();
    for (ComparedPart part : group) {
      values.add(part.value());
      if (alone.containsKey(part.value())) {
        values.add(alone.get(part.value()));
      }
    }
    List<String> common = group.stream().map(ComparedPart::value).toList();
    Errors errors = new Errors(alone);
    try (ActivationSession floats = ActivationSession.open(name, beside, values, session);
        ActivationSession codes =
            ActivationSession.open(name + " (quantized)", quantized, common, session);
        ActivationRunner floatRunner = floats.runner(data);
        ActivationRunner codesRunner = codes.runner(data)) {
      SampleFeed feed = new SampleFeed(floats.session(), data, options.batchSize());
      for (int from = 0; from < data.size(); from += feed.batchSize()) {
        try (Arena arena = Arena.ofShared()) {
          List<Tensor> inputs = feed.inputs(feed.batch(from, arena));
          floatRunner.run(inputs, (value, tensor) -> errors.takeFloat(value, tensor, arena));
          codesRunner.run(inputs, errors::takeCumulative);
        }
      }
    }
    return group.stream().map(errors::layer).toList();
  }

  /** Adds up the errors of the values of a group. */
  private static final class Errors {
    private final Map<String, String> valueOf = new HashMap<>();
    private final Map<String, Tensor> floats = new HashMap<>();
    private final Map<String, SignalToNoise> isolated = new HashMap<>();
    private final Map<String, SignalToNoise> cumulative = new HashMap<>();

    Errors(Map<String, String> alone) {
      alone.forEach((value, copy) -> valueOf.put(copy, value));
    }

    /** A value of the float model, which comes first, or what a quantized node makes of it. */
    void takeFloat(String name, Tensor value, Arena arena) {
      String common = valueOf.get(name);
      if (common == null) {
        MemorySegment copy = arena.allocate(value.byteSize(), Long.BYTES).copyFrom(value.data());
        floats.put(name, Tensor.of(value.dtype(), value.shape(), copy));
      } else {
        add(isolated, common, value);
      }
    }

    void takeCumulative(String name, Tensor value) {
      add(cumulative, name, value);
    }

    private void add(Map<String, SignalToNoise> errors, String name, Tensor value) {
      Tensor expected = floats.get(name);
      if (expected != null) {
        errors.computeIfAbsent(name, key -> new SignalToNoise()).add(expected, value);
      }
    }

    LayerNoise layer(ComparedPart part) {
      SignalToNoise alone = isolated.getOrDefault(part.value(), new SignalToNoise());
      SignalToNoise all = cumulative.getOrDefault(part.value(), new SignalToNoise());
      return new LayerNoise(
          part.node(),
          part.operator(),
          part.value(),
          alone.decibels(),
          all.decibels(),
          all.maxAbsDiff());
    }
  }
}
