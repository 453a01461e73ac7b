package dev.swage.train;

import dev.swage.data.Suggestion;
import dev.swage.onnx.Graph;
import dev.swage.onnx.Node;
import dev.swage.tensor.DType;
import dev.swage.train.quantize.FakeQuantize;
import dev.swage.train.torch.Trainables;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * Which weights are trained, by patterns with {@code *} and {@code ?}. A pattern is held against
 * the weight's name, and against the names of the nodes that read it: exporters give weights names
 * that say nothing.
 *
 * @param train weights that are trained; empty for all that are read as weights
 * @param freeze weights of these that stay as they are
 */
record WeightSelection(List<String> train, List<String> freeze) {
  static final WeightSelection ALL = new WeightSelection(List.of(), List.of());

  WeightSelection {
    train = List.copyOf(train);
    freeze = List.copyOf(freeze);
  }

  /**
   * Names of the trained initializers, in file order.
   *
   * @throws TrainingException if a pattern matches no weight, nothing is left to train, or a weight
   *     is frozen whose scale is to be trained
   */
  List<String> of(Graph graph) {
    Set<String> chosen =
        train.isEmpty()
            ? new LinkedHashSet<>(Trainables.of(graph))
            : matching(graph, floats(graph), train);
    Set<String> frozen = freeze.isEmpty() ? Set.of() : matching(graph, floats(graph), freeze);
    chosen.removeAll(frozen);
    if (chosen.isEmpty() && !equals(ALL)) {
      throw new TrainingException(
          "train %s and freeze %s leave no weight to train".formatted(train, freeze));
    }
    requireScalesStay(graph, frozen);
    if (train.isEmpty()) {
      chosen.removeAll(quantizers(graph, graph.initializers().keySet()));
    }
    chosen.addAll(quantizers(graph, chosen));
    chosen.removeAll(frozen);
    return graph.initializers().keySet().stream().filter(chosen::contains).toList();
  }

  /** A weight that stays and a scale that is trained contradict each other. */
  private static void requireScalesStay(Graph graph, Set<String> frozen) {
    for (Node node : graph.nodes()) {
      if (frozen.contains(node.input(0)) && FakeQuantize.trains(node, 1)) {
        throw new TrainingException(
            "weight '%s' is frozen, and method %s trains its scale: say method ste or fixed, or name the weights to train instead of those to freeze"
                .formatted(node.input(0), FakeQuantize.of(node).method().word()));
      }
    }
  }

  /** Scales and zero points of the weights that are trained and of activations. */
  private static Set<String> quantizers(Graph graph, Set<String> weights) {
    Set<String> names = new LinkedHashSet<>();
    for (Node node : graph.nodes()) {
      boolean frozen =
          graph.initializers().containsKey(node.input(0)) && !weights.contains(node.input(0));
      for (int i = 1; i < node.inputs().size() && !frozen; i++) {
        if (FakeQuantize.trains(node, i)) {
          names.add(node.input(i));
        }
      }
    }
    return names;
  }

  /** Whether somebody named the weights to train. */
  boolean isExplicit() {
    return !train.isEmpty();
  }

  private static List<String> floats(Graph graph) {
    return graph.initializers().entrySet().stream()
        .filter(entry -> entry.getValue().dtype() == DType.FLOAT32)
        .map(java.util.Map.Entry::getKey)
        .toList();
  }

  private static Set<String> matching(Graph graph, List<String> weights, List<String> patterns) {
    Set<String> all = new LinkedHashSet<>();
    for (String pattern : patterns) {
      Pattern compiled = compiled(pattern);
      List<String> matched =
          weights.stream().filter(weight -> matches(graph, weight, compiled)).toList();
      if (matched.isEmpty()) {
        throw new TrainingException(
            "'%s' matches no float32 weight of the model and no node that reads one; %s"
                .formatted(pattern, nearest(graph, weights, pattern)));
      }
      all.addAll(matched);
    }
    return all;
  }

  private static String nearest(Graph graph, List<String> weights, String pattern) {
    Set<String> names = new TreeSet<>(weights);
    graph.nodes().stream().map(Node::name).filter(name -> !name.isEmpty()).forEach(names::add);
    return Suggestion.nearest(pattern.replace("*", ""), names)
        .map(name -> "nearest: '" + name + "'")
        .orElseGet(() ->
            "its weights: "
                + weights.stream().limit(8).collect(Collectors.joining(", "))
                + (weights.size() > 8 ? ", …" : ""));
  }

  private static boolean matches(Graph graph, String weight, Pattern pattern) {
    if (pattern.matcher(weight).matches()) {
      return true;
    }
    return readers(graph, weight).stream().anyMatch(name -> pattern.matcher(name).matches());
  }

  /** Names of the nodes that read a weight, itself or the numbers that its codes stand for. */
  private static List<String> readers(Graph graph, String weight) {
    List<String> readers = new ArrayList<>();
    for (Node node : graph.nodes()) {
      if (node.inputs().contains(weight)) {
        readers.add(node.name());
        if (FakeQuantize.is(node) && node.input(0).equals(weight)) {
          readers.addAll(readers(graph, node.outputs().getFirst()));
        }
      }
    }
    return readers;
  }

  private static Pattern compiled(String pattern) {
    StringBuilder regex = new StringBuilder();
    pattern
        .chars()
        .forEach(c ->
            regex.append(
                switch (c) {
                  case '*' -> ".*";
                  case '?' -> ".";
                  default -> Pattern.quote(String.valueOf((char) c));
                }));
    return Pattern.compile(regex.toString());
  }
}
