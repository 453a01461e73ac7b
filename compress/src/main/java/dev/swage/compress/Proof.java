package dev.swage.compress;

import dev.swage.compress.diagnose.CodeUse;
import dev.swage.compress.diagnose.LayerNoise;
import dev.swage.run.Latency;
import dev.swage.run.OutputFidelity;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * What was found to hold for a quantized file.
 *
 * @param tensors initializers of codes, scales and zero points that were read back bit for bit
 * @param notFused nodes that were to run on codes and that ONNX Runtime runs in floating point all
 *     the same
 * @param quantizedByRuntime convolutions that the plan keeps and that ONNX Runtime, finding them
 *     between codes, quantizes itself
 * @param operators how many nodes of each operator the graph has that ONNX Runtime made of the file
 * @param fidelity of the file's outputs to the source's
 * @param layers the values inside the graph with their errors, in its order; empty where the form
 *     of the file has none to compare
 * @param codes saturation and unused codes of the values with fixed ranges
 * @param latency of one sample, source and file timed alternately until one is clearly faster or
 *     the time is up ({@link dev.swage.run.LatencyRace}); {@code ratio} is the speedup
 */
public record Proof(
    int tensors,
    List<String> notFused,
    long quantizedByRuntime,
    Map<String, Long> operators,
    OutputFidelity fidelity,
    List<LayerNoise> layers,
    List<CodeUse> codes,
    Latency.Pair latency) {
  public Proof {
    layers = List.copyOf(layers);
    codes = List.copyOf(codes);
    notFused = List.copyOf(notFused);
    operators = Collections.unmodifiableMap(new LinkedHashMap<>(operators));
  }
}
