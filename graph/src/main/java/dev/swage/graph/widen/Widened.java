package dev.swage.graph.widen;

import dev.swage.onnx.Attribute;
import dev.swage.onnx.FreshNames;
import dev.swage.onnx.Graph;
import dev.swage.onnx.GraphPath;
import dev.swage.onnx.Node;
import dev.swage.onnx.OnnxModel;
import dev.swage.tensor.DType;
import dev.swage.tensor.FloatValues;
import dev.swage.tensor.Tensor;
import java.util.ArrayList;
import java.util.IdentityHashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Weights that a file stores in 16 bits and casts to float32: while a model is worked on they are
 * float32, so that they are seen as what they are. What is left of them when all is done goes back
 * to how it was stored, for a file must not hold them in float32.
 */
public final class Widened {
  private final IdentityHashMap<Tensor, Stored> sources = new IdentityHashMap<>();

  /** How a weight was stored. */
  private record Stored(String name, Tensor tensor) {}

  /** Nothing is widened yet. */
  public Widened() {}

  /** Whether a cast of a constant widens it. */
  public static boolean isWidening(Node node, Tensor source) {
    return node.is("Cast")
        && node.intAttribute("to", 0) == Attribute.of(DType.FLOAT32).value()
        && (source.dtype() == DType.FLOAT16 || source.dtype() == DType.BFLOAT16);
  }

  /** The elements as float32, on the heap. */
  public Tensor widen(String name, Tensor source) {
    Tensor floats = FloatValues.toFloat32(source);
    sources.put(floats, new Stored(name, source));
    return floats;
  }

  /** What a constant takes in a file. */
  public long storedBytes(Tensor constant) {
    Stored stored = sources.get(constant);
    return stored == null ? constant.byteSize() : stored.tensor().byteSize();
  }

  /** These and others. */
  public Widened and(Widened others) {
    if (others.sources.isEmpty()) {
      return this;
    }
    Widened both = new Widened();
    both.sources.putAll(sources);
    both.sources.putAll(others.sources);
    return both;
  }

  /** A model in which what was widened, and is there still, is stored as it was. */
  public OnnxModel narrowed(OnnxModel model) {
    if (sources.isEmpty()) {
      return model;
    }
    FreshNames names = FreshNames.of(model.graph());
    return model.withGraph(
        GraphPath.rewrite(model.graph(), (path, graph) -> narrowed(graph, names)));
  }

  private Graph narrowed(Graph graph, FreshNames names) {
    IdentityHashMap<Tensor, String> stored = new IdentityHashMap<>();
    Map<String, Tensor> initializers = new LinkedHashMap<>();
    List<Node> nodes = new ArrayList<>();
    graph
        .initializers()
        .forEach((name, tensor) -> {
          Stored source = sources.get(tensor);
          if (source == null) {
            initializers.put(name, tensor);
            return;
          }
          String narrow =
              stored.computeIfAbsent(source.tensor(), same -> names.next(source.name()));
          initializers.put(narrow, source.tensor());
          nodes.add(
              Node.of("", "Cast", List.of(narrow), name).with("to", Attribute.of(DType.FLOAT32)));
        });
    if (nodes.isEmpty()) {
      return graph;
    }
    nodes.addAll(graph.nodes());
    Graph.Builder builder = graph.toBuilder().nodes(nodes);
    graph.initializers().keySet().forEach(builder::removeInitializer);
    initializers.forEach(builder::initializer);
    return builder.build();
  }
}
