package dev.swage.compress.dynamic;

import dev.swage.compress.dynamic.DynamicModel.Written;
import dev.swage.compress.dynamic.WeightStore.Codes;
import dev.swage.compress.plan.WeightSlot;
import dev.swage.compress.weights.Weight;
import dev.swage.onnx.FreshNames;
import dev.swage.onnx.GraphPath;
import dev.swage.onnx.Node;
import dev.swage.onnx.op.WeightKind;
import dev.swage.tensor.Shape;
import java.util.ArrayList;
import java.util.List;

/** Writes the nodes of one graph. */
final class NodeWriter {
  private final GraphPath path;
  private final DynamicForm form;
  private final Scopes scopes;
  private final WeightStore store;
  private final NodeList nodes;
  private final Activations activations;
  private final StandardNodes standard;
  private final ContribNodes contrib;

  NodeWriter(GraphPath path, DynamicForm form, FreshNames names, Scopes scopes, WeightStore store) {
    this.path = path;
    this.form = form;
    this.scopes = scopes;
    this.store = store;
    this.nodes = new NodeList(names);
    this.activations = new Activations(nodes);
    this.standard = new StandardNodes(nodes, activations);
    this.contrib = new ContribNodes(nodes, activations);
  }

  List<Node> nodes() {
    return nodes.nodes();
  }

  /** Announces a node that will be quantized. */
  void expect(Node node) {
    activations.expect(node);
  }

  void keep(Node node) {
    nodes.add(node);
  }

  Written quantize(String planned, Node node, List<WeightSlot> slots) {
    DynamicOperator operator = DynamicOperator.of(node);
    List<Codes> codes = new ArrayList<>();
    for (WeightSlot slot : slots) {
      codes.add(codes(node, operator, slot));
    }
    Codes weight = codes.getFirst();
    Node written =
        switch (operator) {
          case MATMUL, GEMM -> product(node, weight);
          case CONV -> standard.product(node, weight, channelBias(node));
          case LSTM -> contrib.recurrence(node, weight, codes.getLast());
          case GATHER -> standard.rows(node, weight);
          case OTHER -> throw new IllegalArgumentException(node.describe() + " has no weight");
        };
    return new Written(planned, path, written, weight.codes());
  }

  private Codes codes(Node node, DynamicOperator operator, WeightSlot slot) {
    Scopes.Constant weight = constant(node, slot.input());
    return store.codes(weight, operator, slot.at(0), DynamicOperator.isTransposed(node));
  }

  private Scopes.Constant constant(Node node, int index) {
    return scopes
        .constant(path, node.input(index))
        .orElseThrow(() ->
            new IllegalArgumentException(
                "the plan is for a model where input %s of %s is constant"
                    .formatted(index, node.describe())));
  }

  private Node product(Node node, Codes weight) {
    String bias = node.is("Gemm") ? node.input(2) : "";
    if (form == DynamicForm.STANDARD) {
      return standard.product(node, weight, bias);
    }
    return isPerColumn(node, bias)
        ? contrib.product(node, weight, bias, "")
        : contrib.product(node, weight, "", bias);
  }

  private boolean isPerColumn(Node node, String bias) {
    Shape weight = constant(node, 1).tensor().shape();
    Shape columns =
        Shape.of(weight.dim(Weight.kindOf(node, 1).map(WeightKind::columnAxis).orElse(-1)));
    return scopes.constant(path, bias).filter(c -> c.tensor().shape().equals(columns)).isPresent();
  }

  private String channelBias(Node node) {
    int axes = constant(node, 1).tensor().shape().rank() - 2;
    return node.input(2).isEmpty() ? "" : store.column(constant(node, 2), axes);
  }
}
