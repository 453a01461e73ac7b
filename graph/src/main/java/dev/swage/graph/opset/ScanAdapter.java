package dev.swage.graph.opset;

import dev.swage.onnx.Attribute;
import dev.swage.onnx.Graph;
import dev.swage.onnx.Node;
import dev.swage.onnx.ValueInfo;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Scan 8 ran its body for each sample of a batch, along the second axis; since Scan 9 there is no
 * batch axis. A Scan over the batch whose body is a Scan along the sequence does the same: states
 * and sequences are what the outer one is given piece by piece, and what it puts together.
 */
final class ScanAdapter {
  /** An attribute that only Scan 9 has; the inner Scan bears it. */
  private static final String SINCE_9 = "scan_input_axes";

  private ScanAdapter() {}

  static List<Node> overTheBatch(Node node, Adaptation graph) {
    if (node.attributes().containsKey(SINCE_9)) {
      return List.of(node);
    }
    if (!node.input(0).isEmpty()) {
      throw graph.impossible(
          node, 9, "it takes lengths of sequences, which Scan has not done since");
    }
    List<String> inputs = node.inputs().subList(1, node.inputs().size());
    List<String> elements = new ArrayList<>();
    for (int i = 0; i < inputs.size(); i++) {
      elements.add(graph.value(node, "sample_input"));
    }
    List<String> results = new ArrayList<>();
    for (String output : node.outputs()) {
      results.add(output.isEmpty() ? "" : graph.value(node, "sample_output"));
    }
    List<String> given = results.stream().filter(result -> !result.isEmpty()).toList();
    Graph.Builder body = Graph.builder(graph.value(node, "sample"));
    elements.forEach(element -> body.input(untyped(element)));
    body.node(alongTheSequence(node, elements, results, graph));
    given.forEach(result -> body.output(untyped(result)));
    return List.of(
        new Node(
            node.name(),
            "Scan",
            node.domain(),
            inputs,
            node.outputs().stream().filter(output -> !output.isEmpty()).toList(),
            Map.of(
                "body",
                Attribute.of(body.build()),
                "num_scan_inputs",
                Attribute.of((long) inputs.size()))));
  }

  private static Node alongTheSequence(
      Node node, List<String> inputs, List<String> outputs, Adaptation graph) {
    long scanned = node.intAttribute("num_scan_inputs", inputs.size());
    Map<String, Attribute> attributes = new LinkedHashMap<>(node.attributes());
    Attribute directions = attributes.remove("directions");
    if (directions != null) {
      attributes.put("scan_input_directions", directions);
    }
    attributes.put(SINCE_9, new Attribute.IntsValue(Collections.nCopies((int) scanned, 0L)));
    return graph
        .node(node, "Scan", inputs, outputs.getFirst())
        .withOutputs(outputs)
        .withAttributes(attributes);
  }

  private static ValueInfo untyped(String name) {
    return new ValueInfo(name, Optional.empty(), Optional.empty());
  }
}
