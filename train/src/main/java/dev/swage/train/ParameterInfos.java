package dev.swage.train;

import dev.swage.clip.ParameterInfo;
import dev.swage.clip.ParameterRole;
import dev.swage.clip.UnitLayout;
import dev.swage.onnx.Graph;
import dev.swage.onnx.Node;
import dev.swage.onnx.op.InputRole;
import dev.swage.onnx.op.OperatorFacts;
import dev.swage.onnx.op.WeightKind;
import dev.swage.tensor.Shape;
import dev.swage.train.quantize.FakeQuantize;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * What a graph tells of its parameters: role and units come from the first operator that reads one
 * as a weight, directly or through operators that only move elements.
 *
 * <p>Units: Conv axis 0; ConvTranspose axis 1; Gemm's B axis 1, transposed axis 0; the right
 * operand of MatMul its last axis, the left one the axis before; recurrent weights their rows; a
 * table its rows; vectors as a whole. A weight that is reshaped on the way has a unit for each
 * index of axis 0.
 */
final class ParameterInfos {
  /** Roles of parameters that are one unit each. */
  private static final Set<ParameterRole> WHOLE =
      Set.of(ParameterRole.BIAS, ParameterRole.NORM, ParameterRole.QUANTIZER);

  private final Graph graph;
  private final Map<String, Shape> shapes;

  /** A place where a node reads a parameter. */
  private record Use(Node node, int input, Optional<List<Integer>> axes) {
    /** The parameter's own axis that this axis of what is read comes from; 0 if that is lost. */
    int axis(int axisOfValue) {
      return axes.map(a -> a.get(axisOfValue)).orElse(0);
    }
  }

  private ParameterInfos(Graph graph, Map<String, Shape> shapes) {
    this.graph = graph;
    this.shapes = shapes;
  }

  /** One for each name, in this order. */
  static List<ParameterInfo> of(Graph graph, Map<String, Shape> shapes) {
    ParameterInfos infos = new ParameterInfos(graph, shapes);
    List<ParameterInfo> all = new ArrayList<>();
    String head = "";
    int latest = -1;
    for (Map.Entry<String, Shape> parameter : shapes.entrySet()) {
      Optional<Use> use = infos.use(parameter.getKey());
      ParameterInfo info = info(parameter.getKey(), parameter.getValue(), use);
      all.add(info);
      int at = use.map(u -> graph.nodes().indexOf(u.node())).orElse(-1);
      if (isWeight(info.role()) && at >= latest) {
        latest = at;
        head = info.layer();
      }
    }
    String last = head;
    return all.stream().map(info -> info.layer().equals(last) ? info.asHead() : info).toList();
  }

  private static boolean isWeight(ParameterRole role) {
    return role == ParameterRole.WEIGHT || role == ParameterRole.RECURRENT;
  }

  private static ParameterInfo info(String name, Shape shape, Optional<Use> use) {
    ParameterInfo plain = ParameterInfo.of(name, layer(name), shape);
    if (use.isEmpty()) {
      return plain;
    }
    ParameterRole role = role(use.get());
    boolean whole = shape.rank() < 2 || WHOLE.contains(role);
    return plain
        .withRole(role)
        .withUnits(whole ? UnitLayout.whole(shape) : units(shape, use.get()));
  }

  /** The layer a parameter belongs to: its name up to the last dot. */
  private static String layer(String parameter) {
    int dot = parameter.lastIndexOf('.');
    return dot < 0 ? parameter : parameter.substring(0, dot);
  }

  private static ParameterRole role(Use use) {
    Node node = use.node();
    if (FakeQuantize.is(node)) {
      return ParameterRole.QUANTIZER;
    }
    OperatorFacts facts = OperatorFacts.of(node);
    if (facts.normalizes() || node.is("Mul")) {
      return ParameterRole.NORM;
    }
    if (facts.isRecurrent()) {
      return switch (use.input()) {
        case 1 -> ParameterRole.WEIGHT;
        case 2 -> ParameterRole.RECURRENT;
        default -> ParameterRole.BIAS;
      };
    }
    if (node.is("Gather")) { // along any axis
      return ParameterRole.EMBEDDING;
    }
    return switch (facts.role(node, use.input())) {
      case InputRole.Weight(WeightKind kind) when kind == WeightKind.TABLE ->
          ParameterRole.EMBEDDING;
      case InputRole.Bias _ -> ParameterRole.BIAS;
      case InputRole.Quantization _ ->
          use.input() == 0 ? ParameterRole.WEIGHT : ParameterRole.QUANTIZER;
      default -> ParameterRole.WEIGHT;
    };
  }

  private static UnitLayout units(Shape shape, Use use) {
    OperatorFacts facts = OperatorFacts.of(use.node());
    if (facts.isRecurrent()) {
      return UnitLayout.rows(shape);
    }
    int rank = shape.rank();
    Optional<WeightKind> kind = facts.weight(use.node(), use.input());
    if (kind.isPresent()) {
      return UnitLayout.axis(shape, use.axis(kind.get().outputAxis(rank)));
    }
    boolean product = facts.weight(use.node(), 1).filter(WeightKind::isProduct).isPresent();
    boolean first = product && use.input() == 0;
    return UnitLayout.axis(shape, use.axis(first ? rowAxis(use.node(), rank) : 0));
  }

  /** The axis of a first factor with one index per row of the product. */
  private static int rowAxis(Node product, int rank) {
    return product.intAttribute("transA", 0) == 0 ? rank - 2 : rank - 1;
  }

  /** The first node that reads the parameter and does more than move its elements. */
  private Optional<Use> use(String parameter) {
    int rank = java.util.Objects.requireNonNull(shapes.get(parameter), parameter).rank();
    Map<String, Optional<List<Integer>>> axes = new HashMap<>();
    axes.put(parameter, Optional.of(identity(rank)));
    for (Node node : graph.nodes()) {
      for (int i = 0; i < node.inputs().size(); i++) {
        Optional<List<Integer>> from = axes.get(node.input(i));
        if (from == null) {
          continue;
        }
        if (i == 0 && (node.is("Identity") || FakeQuantize.is(node))) {
          axes.put(node.outputs().getFirst(), from);
        } else if (i == 0 && node.is("Transpose")) {
          axes.put(node.outputs().getFirst(), from.map(a -> transposed(a, node)));
        } else if (i == 0 && OperatorFacts.of(node).keepsOrder()) {
          axes.put(node.outputs().getFirst(), Optional.empty());
        } else {
          return Optional.of(new Use(node, i, from));
        }
      }
    }
    return Optional.empty();
  }

  private static List<Integer> identity(int rank) {
    List<Integer> axes = new ArrayList<>();
    for (int i = 0; i < rank; i++) {
      axes.add(i);
    }
    return axes;
  }

  private static List<Integer> transposed(List<Integer> axes, Node transpose) {
    long[] order = transpose.intsAttribute("perm");
    List<Integer> moved = new ArrayList<>();
    for (int i = 0; i < axes.size(); i++) {
      moved.add(axes.get(order.length == 0 ? axes.size() - 1 - i : (int) order[i]));
    }
    return moved;
  }
}
