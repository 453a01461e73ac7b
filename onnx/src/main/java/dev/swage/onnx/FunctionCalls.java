package dev.swage.onnx;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Which functions of a model call which. */
final class FunctionCalls {
  /** Far beyond what exporters write; a damaged or hostile file must not exhaust the stack. */
  private static final int MAX_DEPTH = 200;

  private final Map<Function, Set<Function>> calls = new LinkedHashMap<>();

  /** How many functions deep each one goes, itself counted. */
  private final Map<Function, Integer> depths = new HashMap<>();

  private final List<Function> path = new ArrayList<>();

  private FunctionCalls(OnnxModel model) {
    for (Function function : model.functions()) {
      Set<Function> called = calls.computeIfAbsent(function, f -> new LinkedHashSet<>());
      function
          .body()
          .walk(
              graph -> graph.nodes().forEach(node -> model.function(node).ifPresent(called::add)));
    }
  }

  /**
   * Checks that no function calls itself, be it through others.
   *
   * @throws OnnxException naming the functions on the way round
   */
  static void check(OnnxModel model) {
    FunctionCalls checked = new FunctionCalls(model);
    checked.calls.keySet().forEach(checked::depth);
  }

  private int depth(Function function) {
    Integer known = depths.get(function);
    if (known != null) {
      return known;
    }
    int repeated = path.indexOf(function);
    path.add(function);
    if (repeated >= 0) {
      List<String> round =
          path.subList(repeated, path.size()).stream().map(f -> f.key().toString()).toList();
      throw new OnnxException(
          "%s: calls itself: %s; functions of ONNX cannot be recursive"
              .formatted(function.describe(), String.join(" → ", round)));
    }
    int below = 0;
    if (path.size() <= MAX_DEPTH) {
      for (Function called : calls.getOrDefault(function, Set.of())) {
        below = Math.max(below, depth(called));
      }
    }
    if (path.size() + below > MAX_DEPTH) {
      throw new OnnxException(
          "%s: calls of functions are nested deeper than %d"
              .formatted(path.getFirst().describe(), MAX_DEPTH));
    }
    path.removeLast();
    depths.put(function, below + 1);
    return below + 1;
  }
}
