package dev.swage.onnx;

import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Checks models; each problem is an {@link OnnxException} that names the node or value. */
public final class ModelChecker {
  private ModelChecker() {}

  /**
   * Checks what every user of a graph relies on, whatever its operators: operator sets are
   * imported, nodes are in topological order, every value read is an input, an initializer or an
   * earlier node's output, every value is written once, and every graph output is there. Sub-graphs
   * also see the values that their node could read. The same holds inside each {@link Function},
   * which sees its inputs and the operator sets it imports itself; no function calls itself, be it
   * through others.
   */
  public static void checkStructure(OnnxModel model) {
    if (model.opsets().isEmpty()) {
      throw new OnnxException("the model imports no operator set; is the file truncated?");
    }
    checkVersions(model.opsets());
    if (model.graph().outputs().isEmpty()) {
      throw new OnnxException("the graph has no outputs");
    }
    Imports imports = new Imports("the model", model.opsets());
    checkGraph(model.graph(), Visible.NOTHING, imports);
    if (!model.functions().isEmpty()) {
      model.functions().forEach(ModelChecker::checkFunction);
      FunctionCalls.check(model);
    }
  }

  /**
   * The operator sets that nodes may be of.
   *
   * @param importer what the graph lies in, for error messages
   */
  private record Imports(String importer, Map<String, Long> opsets) {}

  /**
   * What a node may read: values of its graph so far, and those of graphs round it.
   *
   * @param own grows while nodes are checked
   */
  private record Visible(Set<String> own, @Nullable Visible outer) {
    static final Visible NOTHING = new Visible(Set.of(), null);

    boolean contains(String value) {
      return own.contains(value) || (outer != null && outer.contains(value));
    }
  }

  private static void checkFunction(Function function) {
    Imports imports = new Imports("it", function.opsets());
    try {
      checkVersions(function.opsets());
      checkGraph(function.body(), Visible.NOTHING, imports);
    } catch (OnnxException e) {
      throw new OnnxException(function.describe() + ": " + e.getMessage(), e);
    }
  }

  private static void checkVersions(Map<String, Long> opsets) {
    opsets.forEach((domain, version) -> {
      if (version < 1) {
        throw new OnnxException(
            "operator set '%s' has version %d, expected 1 or more".formatted(domain, version));
      }
    });
  }

  private static void checkGraph(Graph graph, Visible outer, Imports imports) {
    Set<String> own = new HashSet<>();
    for (ValueInfo input : graph.inputs()) {
      if (!own.add(input.name())) {
        throw new OnnxException("two graph inputs are named '%s'".formatted(input.name()));
      }
    }
    own.addAll(graph.initializers().keySet());
    own.addAll(graph.opaqueInitializers());
    Visible visible = new Visible(own, outer);
    for (Node node : graph.nodes()) {
      checkNode(node, visible, own, graph, imports);
    }
    for (ValueInfo output : graph.outputs()) {
      if (!visible.contains(output.name())) {
        throw new OnnxException("nothing writes the graph output '%s'".formatted(output.name()));
      }
    }
  }

  private static void checkNode(
      Node node, Visible visible, Set<String> own, Graph graph, Imports imports) {
    if (!imports.opsets().containsKey(node.domain())) {
      throw new OnnxException(
          "%s: %s imports no operator set of domain '%s'"
              .formatted(node.describe(), imports.importer(), node.domain()));
    }
    for (String input : node.inputs()) {
      if (!input.isEmpty() && !visible.contains(input)) {
        throw new OnnxException(
            "%s: input '%s' is %s"
                .formatted(
                    node.describe(),
                    input,
                    writtenBy(graph, input) ? "written by a later node" : "not defined"));
      }
    }
    if (node.outputs().stream().allMatch(String::isEmpty)) {
      throw new OnnxException("%s has no outputs, so nothing needs it".formatted(node.describe()));
    }
    for (Graph inner : node.subgraphs()) {
      checkGraph(inner, visible, imports);
    }
    for (String output : node.outputs()) {
      if (!output.isEmpty() && !own.add(output)) {
        throw new OnnxException(
            "%s: output '%s' is already defined".formatted(node.describe(), output));
      }
    }
  }

  private static boolean writtenBy(Graph graph, String value) {
    return graph.nodes().stream().anyMatch(node -> node.outputs().contains(value));
  }
}
