package dev.swage.compress.proof;

import dev.swage.compress.plan.CompressException;
import dev.swage.compress.weights.CodeMemory;
import dev.swage.compress.write.QuantizedModel;
import dev.swage.onnx.Attribute;
import dev.swage.onnx.Graph;
import dev.swage.onnx.GraphPath;
import dev.swage.onnx.Node;
import dev.swage.onnx.OnnxModel;
import dev.swage.run.ModelSession;
import dev.swage.run.SessionOptions;
import dev.swage.run.SessionOptions.MatMulAccuracy;
import dev.swage.run.score.SignalToNoise;
import dev.swage.tensor.DType;
import dev.swage.tensor.FloatValues;
import dev.swage.tensor.Tensor;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * Runs a file whose weights alone are codes beside the prepared model with dequantized weights:
 * both compute in the same types and differ in the order of sums only.
 */
final class DequantizedRun {
  private DequantizedRun() {}

  /**
   * How far outputs may lie apart, relative to the largest: in float32 2⁻²⁴ per addition, a random
   * walk over some thousand of them, through some ten layers; in 16 bits a few roundings of values
   * between layers, 2⁻¹¹ or 2⁻⁸ each.
   */
  private static double tolerance(DType type) {
    return switch (type) {
      case FLOAT16 -> 0x1p-8;
      case BFLOAT16 -> 0x1p-5;
      default -> 1e-4;
    };
  }

  /**
   * Compares all outputs.
   *
   * @param file the written model
   * @param written the same, as it was read
   * @param inputs what to run it on, each a list of one tensor per input
   * @throws CompressException if outputs differ by more than rounding explains
   */
  static Proof.Dequantized of(
      Path file,
      OnnxModel written,
      QuantizedModel quantized,
      List<List<Tensor>> inputs,
      TrialModels trials) {
    SessionOptions exact = SessionOptions.defaults().withMatMulAccuracy(MatMulAccuracy.FLOAT32);
    Map<DType, SignalToNoise> differences = new EnumMap<>(DType.class);
    SignalToNoise all = new SignalToNoise();
    try (ModelSession reference =
            trials.open(
                file.getFileName() + " (dequantized)",
                dequantized(quantized, trials.memory()),
                exact);
        ModelSession candidate = open(file, written, exact, trials)) {
      for (List<Tensor> input : inputs) {
        List<Tensor> expected = reference.run(input);
        List<Tensor> found = candidate.run(input);
        requireFinite(file, reference, expected, "the model with dequantized weights");
        requireFinite(file, candidate, found, "the file");
        add(expected, found, differences, all);
      }
    }
    differences.forEach((type, difference) -> {
      double explained = tolerance(type) * difference.maxAbs();
      if (!(difference.maxAbsDiff() <= explained)) {
        throw new CompressException(
            "%s: outputs differ by up to %s from those of the dequantized weights, where rounding explains %s"
                .formatted(file.getFileName(), difference.maxAbsDiff(), explained));
      }
    });
    return new Proof.Dequantized(inputs.size(), all.maxAbsDiff(), all.decibels());
  }

  private static void requireFinite(
      Path file, ModelSession session, List<Tensor> outputs, String whose) {
    for (int i = 0; i < outputs.size(); i++) {
      Tensor output = outputs.get(i);
      if (!FloatValues.areRead(output.dtype())) {
        continue;
      }
      float[] values = FloatValues.toFloat32(output).toFloats();
      for (float value : values) {
        if (!Float.isFinite(value)) {
          throw new CompressException(
              "%s: output '%s' of %s holds %s, so its codes cannot be proven; values go beyond float32"
                  .formatted(
                      file.getFileName(),
                      session.outputs().get(i).name(),
                      whose,
                      Float.isNaN(value) ? "the difference of infinities (NaN)" : "infinity"));
        }
      }
    }
  }

  private static void add(
      List<Tensor> expected,
      List<Tensor> found,
      Map<DType, SignalToNoise> differences,
      SignalToNoise all) {
    for (int i = 0; i < expected.size(); i++) {
      DType type = expected.get(i).dtype();
      if (FloatValues.areRead(type)) {
        Tensor reference = FloatValues.toFloat32(expected.get(i));
        Tensor candidate = FloatValues.toFloat32(found.get(i));
        differences.computeIfAbsent(type, same -> new SignalToNoise()).add(reference, candidate);
        all.add(reference, candidate);
      }
    }
  }

  /** The prepared model with each quantized weight replaced by what its codes stand for. */
  private static OnnxModel dequantized(QuantizedModel quantized, CodeMemory memory) {
    OnnxModel source = quantized.prepared().model();
    return source.withGraph(
        GraphPath.rewrite(
            source.graph(), (path, graph) -> dequantized(path, graph, quantized, memory)));
  }

  private static Graph dequantized(
      GraphPath path, Graph graph, QuantizedModel quantized, CodeMemory memory) {
    Set<String> keys = quantized.codes().keySet();
    Graph.Builder builder = graph.toBuilder();
    for (String name : graph.initializers().keySet()) {
      if (keys.contains(path.key(name))) {
        builder.initializer(name, quantized.dequantized(path.key(name), memory));
      }
    }
    List<Node> nodes = new ArrayList<>();
    for (Node node : graph.nodes()) {
      boolean constant = node.is("Constant") && keys.contains(path.key(node.outputs().getFirst()));
      nodes.add(
          constant
              ? node.with(
                  "value",
                  Attribute.of(quantized.dequantized(path.key(node.outputs().getFirst()), memory)))
              : node);
    }
    return builder.nodes(nodes).build();
  }

  /** The file itself; or, where it asks for int8 arithmetic, a copy that asks for float32. */
  private static ModelSession open(
      Path file, OnnxModel written, SessionOptions options, TrialModels trials) {
    AtomicBoolean plain = new AtomicBoolean(true);
    Graph exact =
        GraphPath.rewrite(
            written.graph(),
            (path, graph) -> {
              if (graph.nodes().stream().noneMatch(DequantizedRun::isNBits)) {
                return graph;
              }
              plain.set(false);
              return graph.toBuilder()
                  .nodes(graph.nodes().stream().map(DequantizedRun::exact).toList())
                  .build();
            });
    return plain.get()
        ? ModelSession.open(file, options)
        : trials.open(file.toString(), written.withGraph(exact), options);
  }

  private static Node exact(Node node) {
    return isNBits(node)
        ? node.with("accuracy_level", Attribute.of(MatMulAccuracy.FLOAT32.level()))
        : node;
  }

  private static boolean isNBits(Node node) {
    return node.opType().equals("MatMulNBits");
  }
}
