package dev.swage.graph.inline;

import dev.swage.graph.pass.ChangeLog;
import dev.swage.onnx.FreshNames;
import dev.swage.onnx.Function;
import dev.swage.onnx.Graph;
import dev.swage.onnx.ModelChecker;
import dev.swage.onnx.Node;
import dev.swage.onnx.OnnxException;
import dev.swage.onnx.OnnxModel;
import dev.swage.onnx.ValueInfo;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;

/**
 * Puts the nodes of functions in the place of the nodes that call them, everywhere in a model, and
 * drops the functions. What a call writes keeps its name; values inside are called {@code
 * call/value}, or {@code call/value_2} where that is taken. Constants of a function become weights
 * of the model's own graph, {@code function/value}, that all calls share.
 */
public final class FunctionInlining {
  /** A few nested functions can stand for more nodes than any memory holds. */
  private static final long MAX_NODES = 1_000_000;

  private final OnnxModel model;
  private final FreshNames names;
  private final ChangeLog log;
  private final SharedConstants shared;
  private final OpsetMatch match;
  private final Map<Function.Key, Long> sizes = new HashMap<>();
  private final Set<Function.Key> called = new HashSet<>();

  private FunctionInlining(
      OnnxModel model,
      FreshNames names,
      ChangeLog log,
      java.util.function.Function<OnnxModel, Optional<List<ValueInfo>>> loading) {
    this.model = model;
    this.names = names;
    this.log = log;
    this.shared = new SharedConstants(names);
    this.match = OpsetMatch.of(model, names, log, loading);
  }

  /**
   * Replaces all calls of a model's functions.
   *
   * @param names names that are not taken in the model's graph
   * @param log gets each call, each node of a function that was written for another operator set,
   *     and, without nodes, the key of each function that nothing calls
   * @param loading describes the outputs of a model; empty when it cannot
   * @return the model without functions; itself where it has none
   * @throws OnnxException if a call does not fit its function, or a function cannot be written in
   *     the operator sets of its caller
   */
  public static OnnxModel apply(
      OnnxModel model,
      FreshNames names,
      ChangeLog log,
      java.util.function.Function<OnnxModel, Optional<List<ValueInfo>>> loading) {
    if (model.functions().isEmpty()) {
      return model;
    }
    ModelChecker.checkStructure(model);
    return new FunctionInlining(model, names, log, loading).inlined();
  }

  private OnnxModel inlined() {
    long size = size(model.graph());
    if (size > MAX_NODES) {
      throw new OnnxException(
          "the model's functions stand for more than %d nodes; is the file damaged?"
              .formatted(MAX_NODES));
    }
    Level main =
        new Level(
            model, Optional.empty(), shared, new TreeMap<>(model.opsets()), frame(model.graph()));
    write(model.graph(), main);
    Graph.Builder graph = main.graph().toBuilder();
    shared.tensors().forEach(graph::initializer);
    for (Function function : model.functions()) {
      if (!called.contains(function.key())) {
        log.add(List.of(function.key().toString()), "");
      }
    }
    Graph built = graph.build();
    return model.withGraph(built).withFunctions(List.of()).withOpsets(used(main.opsets(), built));
  }

  /** How many nodes a graph has once its calls are replaced, up to a few times the limit. */
  private long size(Graph graph) {
    long size = 0;
    for (Node node : graph.nodes()) {
      Optional<Function> function = model.function(node);
      if (function.isEmpty()) {
        size++;
      } else {
        Long known = sizes.get(function.get().key());
        if (known == null) {
          known = size(function.get().body());
          sizes.put(function.get().key(), known);
        }
        size += known;
      }
      for (Graph inner : node.subgraphs()) {
        size += size(inner);
      }
      size = Math.min(size, MAX_NODES + 1);
    }
    return size;
  }

  private static Graph frame(Graph graph) {
    return graph.toBuilder().nodes(List.of()).build();
  }

  /** Writes the nodes of a graph to its level, and what functions do in the place of calls. */
  private void write(Graph graph, Level level) {
    for (Node node : graph.nodes()) {
      Node whole = node.subgraphs().isEmpty() ? node : node.mapSubgraphs(g -> inside(g, level));
      Optional<Function> function = model.function(node);
      if (function.isPresent()) {
        expand(whole, function.get(), level);
      } else {
        level.add(whole);
      }
    }
  }

  private Graph inside(Graph graph, Level around) {
    Level level = around.inside(around.opsets(), frame(graph));
    write(graph, level);
    return level.graph();
  }

  private void expand(Node call, Function function, Level level) {
    log.add(call, call.outputs());
    called.add(function.key());
    Instance instance = new Instance(call, function, names, shared);
    Level body = level.inside(new TreeMap<>(function.opsets()), frame(instance.graph()));
    write(instance.graph(), body);
    requireOneOpset(call, function, body, level);
    level.add(match.apply(function, body, level));
    if (!instance.handedOn().isEmpty()) {
      match.version("", level);
      instance.handedOn().forEach(level::add);
    }
  }

  /** A graph that the call gives is in the caller's operator set already. */
  private static void requireOneOpset(Node call, Function function, Level body, Level level) {
    boolean differ =
        body.opsets().entrySet().stream()
            .anyMatch(
                o -> !o.getValue().equals(level.opsets().getOrDefault(o.getKey(), o.getValue())));
    if (differ && !call.subgraphs().isEmpty()) {
      throw new OnnxException(
          "%s: gives a graph to %s, which is written in other operator sets than the model; export the model in one operator set"
              .formatted(call.describe(), function.describe()));
    }
  }

  /** Without domains that only functions were of. */
  private Map<String, Long> used(Map<String, Long> opsets, Graph graph) {
    Set<String> unused = new LinkedHashSet<>();
    model.functions().forEach(function -> unused.add(function.key().domain()));
    graph.walk(inner -> inner.nodes().forEach(node -> unused.remove(node.domain())));
    unused.remove("");
    Map<String, Long> used = new TreeMap<>(opsets);
    used.keySet().removeAll(unused);
    return used;
  }
}
