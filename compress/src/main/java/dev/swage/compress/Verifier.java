package dev.swage.compress;

import dev.swage.onnx.Attribute;
import dev.swage.onnx.Graph;
import dev.swage.onnx.GraphPath;
import dev.swage.onnx.Node;
import dev.swage.onnx.OnnxModel;
import dev.swage.onnx.OnnxReader;
import dev.swage.run.ModelSession;
import dev.swage.run.SessionOptions;
import dev.swage.run.SessionOptions.MatMulAccuracy;
import dev.swage.run.SignalToNoise;
import dev.swage.tensor.DType;
import dev.swage.tensor.Tensor;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.Set;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;

/**
 * Proves a written file: reads it back, holds every code, scale and zero point against the
 * quantizer's bit for bit, and runs it in ONNX Runtime beside the prepared model with dequantized
 * weights.
 */
public final class Verifier {
  /**
   * Both sides compute in float32 and differ in the order of sums only: 2⁻²⁴ per addition, a random
   * walk over some thousand of them, through some ten layers, relative to the largest output.
   */
  private static final double TOLERANCE = 1e-4;

  private Verifier() {}

  /**
   * Checks a file against what was to be written.
   *
   * @param file the written model
   * @param quantized the result that was written
   * @param inputs what to run it on, each a list of one tensor per input; without any, the file is
   *     read back and loaded only
   * @throws CompressException if a tensor differs or the outputs do
   */
  public static Verification verify(
      Path file, QuantizedModel quantized, List<List<Tensor>> inputs) {
    return verify(file, quantized, inputs, List.of(), TrialModels.anywhere());
  }

  /**
   * The same, with what the source model gives.
   *
   * @param expected outputs for each of the inputs; may be none at all
   */
  static Verification verify(
      Path file,
      QuantizedModel quantized,
      List<List<Tensor>> inputs,
      List<List<Tensor>> expected,
      TrialModels trials) {
    OnnxModel written = requireCodes(file, quantized);
    SessionOptions exact = SessionOptions.defaults().withMatMulAccuracy(MatMulAccuracy.FLOAT32);
    SignalToNoise difference = new SignalToNoise();
    SignalToNoise loss = new SignalToNoise();
    try (ModelSession reference =
            trials.open(file + " (dequantized)", dequantized(quantized, trials.memory()), exact);
        ModelSession candidate = open(file, written, exact, trials)) {
      for (int i = 0; i < inputs.size(); i++) {
        List<Tensor> found = candidate.run(inputs.get(i));
        compare(reference.run(inputs.get(i)), found, difference);
        if (!expected.isEmpty()) {
          compare(expected.get(i), found, loss);
        }
      }
    }
    if (!(difference.maxAbsDiff() <= TOLERANCE * difference.maxAbs())) {
      throw new CompressException(
          "%s: outputs differ by up to %s from those of the dequantized weights, where rounding explains %s"
              .formatted(file, difference.maxAbsDiff(), TOLERANCE * difference.maxAbs()));
    }
    return new Verification(
        quantized.stored().size(),
        inputs.size(),
        difference.maxAbsDiff(),
        difference.decibels(),
        expected.isEmpty() ? OptionalDouble.empty() : OptionalDouble.of(loss.decibels()),
        inputs.isEmpty() ? Optional.of("no inputs were given") : Optional.empty());
  }

  /** What {@link #verify} finds without running anything, whatever the model's size. */
  static Verification verifyCodes(Path file, QuantizedModel quantized, String notRun) {
    requireCodes(file, quantized);
    return Verification.codesOnly(quantized.stored().size(), notRun);
  }

  private static OnnxModel requireCodes(Path file, QuantizedModel quantized) {
    OnnxModel written = OnnxReader.read(file);
    Map<String, Tensor> found = new HashMap<>();
    written.graph().walk(graph -> found.putAll(graph.initializers()));
    for (Map.Entry<String, Tensor> expected : quantized.stored().entrySet()) {
      requireSame(file, expected.getKey(), expected.getValue(), found.get(expected.getKey()));
    }
    return written;
  }

  static void requireSame(Path file, String name, Tensor expected, @Nullable Tensor found) {
    if (found == null
        || found.dtype() != expected.dtype()
        || !found.shape().equals(expected.shape())) {
      throw new CompressException(
          "%s: initializer '%s' should be %s, found %s"
              .formatted(file, name, expected, found == null ? "none" : found));
    }
    long at = found.data().mismatch(expected.data());
    if (at >= 0) {
      throw new CompressException(
          "%s: initializer '%s' differs from the quantizer's codes at byte %d"
              .formatted(file, name, at));
    }
  }

  private static void compare(List<Tensor> expected, List<Tensor> found, SignalToNoise difference) {
    for (int i = 0; i < expected.size(); i++) {
      if (expected.get(i).dtype() == DType.FLOAT32) {
        difference.add(expected.get(i), found.get(i));
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
              if (graph.nodes().stream().noneMatch(Verifier::isNBits)) {
                return graph;
              }
              plain.set(false);
              return graph.toBuilder()
                  .nodes(graph.nodes().stream().map(Verifier::exact).toList())
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
