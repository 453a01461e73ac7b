package dev.swage.compress.dynamic;

import dev.swage.compress.dynamic.DynamicModel.Written;
import dev.swage.onnx.Graph;
import dev.swage.onnx.Node;
import dev.swage.run.OptimizedGraph;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Which kernels ONNX Runtime runs the quantized nodes of a file with, read off the graph it makes
 * of it, branches and bodies included.
 *
 * @param kernels by the nodes' planned names, in the order written
 * @param operators how many nodes of each operator the optimized graph has
 */
public record DynamicKernels(Map<String, IntegerKernel> kernels, Map<String, Long> operators) {
  public DynamicKernels {
    kernels = Collections.unmodifiableMap(new LinkedHashMap<>(kernels));
    operators = Collections.unmodifiableMap(new LinkedHashMap<>(operators));
  }

  /** Has ONNX Runtime optimize the file that {@code quantized} was written to. */
  public static DynamicKernels of(Path file, DynamicModel quantized) throws IOException {
    return OptimizedGraph.read(file, optimized -> of(optimized, quantized));
  }

  /**
   * The same of a graph that was read.
   *
   * @param optimized of {@link OptimizedGraph}
   */
  public static DynamicKernels of(Graph optimized, DynamicModel quantized) {
    Map<String, List<Node>> readers = new HashMap<>();
    Map<String, Long> counts = new LinkedHashMap<>();
    optimized.walk(graph -> {
      for (Node node : graph.nodes()) {
        counts.merge(node.opType(), 1L, Long::sum);
        node.inputs()
            .forEach(input -> readers.computeIfAbsent(input, name -> new ArrayList<>()).add(node));
      }
    });
    Map<String, IntegerKernel> kernels = new LinkedHashMap<>();
    for (Written written : quantized.written()) {
      kernels.put(
          written.name(), kernel(written, readers.getOrDefault(written.codes(), List.of())));
    }
    return new DynamicKernels(kernels, counts);
  }

  /** A fused node has another output than the written one; the codes it reads are the same. */
  private static IntegerKernel kernel(Written written, List<Node> readers) {
    String output = written.node().outputs().getFirst();
    return readers.stream()
        .filter(node -> node.outputs().getFirst().equals(output))
        .findFirst()
        .or(() ->
            readers.stream()
                .filter(node -> !node.opType().equals(written.node().opType()))
                .findFirst())
        .map(node -> IntegerKernel.of(node.opType()))
        .orElse(IntegerKernel.NONE);
  }

  /**
   * The quantized nodes that no one kernel runs, by their planned names, with what runs them. All
   * but {@link IntegerKernel#NONE} compute with integers all the same.
   */
  public Map<String, IntegerKernel> notFused() {
    Map<String, IntegerKernel> rest = new LinkedHashMap<>(kernels);
    rest.values()
        .removeIf(kernel -> kernel == IntegerKernel.FUSED || kernel == IntegerKernel.RESCALING);
    return rest;
  }
}
