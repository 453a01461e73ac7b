package dev.swage.compress.qdq;

import dev.swage.onnx.Graph;
import dev.swage.onnx.Node;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Values that share scale and zero point because nodes hand their codes on as they are. */
final class ValueGroups {
  private final CodedNodes selection;
  private final Operands operands;
  private final Map<String, String> parents = new LinkedHashMap<>();
  private final List<String> derived = new ArrayList<>();

  ValueGroups(Graph graph, CodedNodes selection, Operands operands, List<String> values) {
    this.selection = selection;
    this.operands = operands;
    values.forEach(value -> parents.put(value, value));
    for (Node node : graph.nodes()) {
      if (selection.isChosen(node) && hasSharedCodes(node)) {
        for (String output : node.outputs()) {
          operands.activations(node).forEach(input -> join(input, output));
          derived.add(output);
        }
      }
    }
  }

  private boolean hasSharedCodes(Node node) {
    return switch (OperatorKind.of(node)) {
      case CODES -> true;
      case CONCAT -> concatShares(node);
      case PRODUCT, ELEMENTWISE, CLIP, FLOAT -> false;
    };
  }

  /**
   * Operands of a Concat share their codes unless some need a zero point of their own, because a
   * Relu was absorbed into them, or saturate at the end of a Clip, or the Concat itself clips.
   */
  private boolean concatShares(Node concat) {
    String output = concat.outputs().getFirst();
    if (!operands.constants(concat).isEmpty() || !selection.written(output).equals(output)) {
      return false;
    }
    long relus =
        operands.activations(concat).stream().filter(value -> isAbsorbed(value, "Relu")).count();
    boolean clips = operands.activations(concat).stream().anyMatch(v -> isAbsorbed(v, "Clip"));
    return !clips && (relus == 0 || relus == concat.inputs().size());
  }

  private boolean isAbsorbed(String value, String opType) {
    List<String> members = parents.keySet().stream().filter(v -> sameGroup(v, value)).toList();
    return members.stream()
        .map(member -> operands.index().producer(member))
        .flatMap(Optional::stream)
        .anyMatch(node -> node.is(opType) && selection.absorber(node).isPresent());
  }

  private boolean sameGroup(String a, String b) {
    return group(a).equals(group(b));
  }

  private void join(String first, String second) {
    String into = group(first);
    String from = group(second);
    if (!into.equals(from)) {
      parents.put(from, into);
    }
  }

  /** The first value of the group. */
  String group(String value) {
    String parent = parents.getOrDefault(value, value);
    return parent.equals(value) ? value : group(parent);
  }

  /** The members whose own ranges the group's must cover: not those made of others' codes. */
  List<String> sources(String group) {
    return parents.keySet().stream()
        .filter(value -> group(value).equals(group) && !derived.contains(value))
        .toList();
  }
}
