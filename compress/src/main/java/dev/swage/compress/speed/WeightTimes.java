package dev.swage.compress.speed;

import dev.swage.onnx.Graph;
import dev.swage.onnx.GraphIndex;
import dev.swage.onnx.Node;
import dev.swage.onnx.OnnxModel;
import dev.swage.run.time.NodeProfile;
import dev.swage.run.time.NodeProfile.TimedNode;
import dev.swage.tensor.Tensor;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * What weights that are codes take at every run, where nodes compute in floats: ONNX Runtime 1.29
 * multiplies with the codes of most matrix products (MatMulNBits), and makes floats of all others
 * each time.
 *
 * @param conversions milliseconds by the names of the nodes that read them; nothing for those whose
 *     kernel reads codes
 * @param millis of the whole model
 */
public record WeightTimes(Map<String, Double> conversions, double millis) {
  public WeightTimes {
    conversions = Map.copyOf(conversions);
  }

  /** Profiles a model with codes of weights. */
  public static WeightTimes of(OnnxModel model, List<Tensor> sample, Duration budget) {
    GraphIndex index = GraphIndex.of(model.graph());
    Map<String, Set<String>> readers = new HashMap<>();
    List<Node> nodes = new ArrayList<>();
    for (Node node : model.graph().nodes()) {
      boolean weight =
          node.is("DequantizeLinear") && model.graph().initializers().containsKey(node.input(0));
      if (weight) {
        String name = "weight " + Integer.toString(readers.size());
        readers.put(name, readers(index, node.outputs().getFirst()));
        nodes.add(renamed(node, name));
      } else {
        nodes.add(node);
      }
    }
    Graph graph = model.graph().toBuilder().nodes(nodes).build();
    NodeProfile profile =
        AlternateProfiles.of(List.of(model.withGraph(graph)), sample, budget).getFirst();
    Map<String, Double> conversions = new HashMap<>();
    for (TimedNode timed : profile.nodes()) {
      if (timed.node().is("DequantizeLinear")) {
        for (String reader : readers.getOrDefault(timed.node().name(), Set.of())) {
          conversions.merge(reader, timed.millis(), Double::sum);
        }
      }
    }
    return new WeightTimes(conversions, profile.millis());
  }

  private static Node renamed(Node node, String name) {
    return new Node(
        name, node.opType(), node.domain(), node.inputs(), node.outputs(), node.attributes());
  }

  /** The names of those who read a value, also behind a change of its shape. */
  private static Set<String> readers(GraphIndex index, String value) {
    Set<String> names = new LinkedHashSet<>();
    for (Node reader : index.consumers(value)) {
      if (reader.is("Reshape") && reader.input(0).equals(value)) {
        names.addAll(readers(index, reader.outputs().getFirst()));
      }
      names.add(reader.name().isEmpty() ? reader.outputs().getFirst() : reader.name());
    }
    return names;
  }

  /** What a node's weights take; 0 where its kernel reads codes. */
  public double of(String node) {
    return conversions.getOrDefault(node, 0.0);
  }
}
