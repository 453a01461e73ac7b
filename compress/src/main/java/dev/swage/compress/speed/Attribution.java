package dev.swage.compress.speed;

import dev.swage.compress.speed.NodeGroups.CodedValue;
import dev.swage.onnx.Node;
import dev.swage.run.time.NodeProfile;
import dev.swage.run.time.NodeProfile.TimedNode;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * Whose time is whose in a profile. What ONNX Runtime puts between two nodes on the same side is
 * part of one of them; between nodes on different sides it is the price of changing sides.
 */
final class Attribution {
  private static final Set<String> CONVOLUTIONS = Set.of("Conv", "FusedConv", "QLinearConv");

  private final TaggedModel model;
  private final Map<String, Node> producers = new HashMap<>();
  private final Map<String, List<Node>> consumers = new HashMap<>();
  private final Map<Integer, String> written = new HashMap<>();
  private final Set<String> values = new HashSet<>();
  private final Map<Integer, Double> nodes = new HashMap<>();
  private final Map<Crossing, Double> crossings = new HashMap<>();

  /** A value that changes sides, and which way. */
  record Crossing(String value, boolean toCodes) {}

  /** A profile of a tagged model. */
  Attribution(TaggedModel model, NodeGroups groups, NodeProfile profile) {
    this.model = model;
    for (CodedValue value : groups.values()) {
      values.add(value.name());
      value.producer().ifPresent(group -> written.putIfAbsent(group.index(), value.name()));
    }
    for (TimedNode timed : profile.nodes()) {
      Node node = timed.node();
      node.outputs().forEach(output -> producers.put(output, node));
      for (String input : new HashSet<>(node.inputs())) {
        consumers.computeIfAbsent(input, name -> new ArrayList<>()).add(node);
      }
    }
    for (TimedNode timed : profile.nodes()) {
      OptionalInt own = model.group(timed.node());
      if (own.isPresent()) {
        nodes.merge(own.getAsInt(), timed.millis(), Double::sum);
      } else {
        between(timed);
      }
    }
  }

  private void between(TimedNode timed) {
    String start = start(timed.node());
    Node producer = producers.get(start);
    OptionalInt from = producer == null ? OptionalInt.empty() : model.group(producer);
    Set<Integer> readers = new TreeSet<>();
    readers(timed.node(), readers);
    boolean fromCodes = from.isPresent() && model.writesCodes(from.getAsInt());
    boolean allCross = readers.stream().noneMatch(reader -> model.readsCodes(reader) == fromCodes);
    boolean within = from.isPresent() && readers.equals(Set.of(from.getAsInt()));
    boolean leaves = !within && (fromCodes || !readers.isEmpty());
    boolean computed = from.isPresent() || values.contains(start);
    if (allCross && leaves && computed) {
      String value =
          values.contains(start) || from.isEmpty()
              ? start
              : written.getOrDefault(from.getAsInt(), start);
      crossings.merge(new Crossing(value, !fromCodes), timed.millis(), Double::sum);
      return;
    }
    boolean before = belongsBefore(timed.node(), producer) || readers.isEmpty();
    if (from.isPresent() && before) {
      nodes.merge(from.getAsInt(), timed.millis(), Double::sum);
    } else {
      readers.stream()
          .findFirst()
          .ifPresent(reader -> nodes.merge(reader, timed.millis(), Double::sum));
    }
  }

  /**
   * The value of a group, an input or a constant that comes in where others of these may follow.
   */
  private String start(Node between) {
    String start = between.input(0);
    Node producer = producers.get(start);
    while (producer != null && model.group(producer).isEmpty()) {
      start = producer.input(0);
      producer = producers.get(start);
    }
    return start;
  }

  /** The groups that read what a node between groups gives, however many others lie between. */
  private void readers(Node between, Set<Integer> found) {
    for (String output : between.outputs()) {
      for (Node reader : consumers.getOrDefault(output, List.of())) {
        model.group(reader).ifPresentOrElse(found::add, () -> readers(reader, found));
      }
    }
  }

  /** Whether it is there because of the node before it rather than the one behind. */
  private static boolean belongsBefore(Node between, @Nullable Node producer) {
    return switch (between.opType()) {
      case "ReorderOutput", "QuantizeLinear" -> true;
      case "ReorderInput", "DequantizeLinear" -> false;
      default -> producer != null && CONVOLUTIONS.contains(producer.opType());
    };
  }

  /** Milliseconds of the groups that the profile shows, by number. */
  Map<Integer, Double> nodes() {
    return nodes;
  }

  /** Milliseconds of the values that change sides. */
  Map<Crossing, Double> crossings() {
    return crossings;
  }
}
