package dev.swage.onnx.op;

import dev.swage.onnx.Node;
import java.util.Collections;
import java.util.Map;
import java.util.NavigableMap;
import java.util.NavigableSet;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;

/**
 * What is known of an operator in one operator set version of its domain. Of an operator that is
 * not known, every question is answered with no, none or {@link InputRole.Other}.
 */
public final class OperatorFacts {
  /** The domain of ONNX Runtime's own operators. */
  public static final String ONNX_RUNTIME = "com.microsoft";

  private static final Map<Key, OperatorFacts> NEWEST = new ConcurrentHashMap<>();

  private final Optional<OperatorSchema> schema;
  private final OperatorLine.Roles roles;
  private final Set<Trait> traits;
  private final NavigableSet<Long> changes;
  private final boolean known;

  private record Key(String domain, String opType) {}

  private OperatorFacts(NavigableMap<Long, OperatorLine> versions, long opset) {
    known = !versions.isEmpty();
    Optional<OperatorLine> inForce =
        Optional.ofNullable(versions.floorEntry(opset)).map(Map.Entry::getValue);
    schema = inForce.flatMap(OperatorLine::schema);
    OperatorLine.Roles latest = OperatorLine.Roles.NONE;
    for (OperatorLine line : versions.headMap(opset, true).values()) {
      latest = line.roles().orElse(latest);
    }
    roles = latest;
    traits = known ? versions.firstEntry().getValue().traits() : Set.of();
    NavigableSet<Long> changed = new TreeSet<>();
    for (OperatorLine line : versions.values()) {
      if (line.changed()) {
        changed.add(line.since());
      }
    }
    changes = Collections.unmodifiableNavigableSet(changed);
  }

  /** The facts of a node's operator in its newest version. */
  public static OperatorFacts of(Node node) {
    return of(node.domain(), node.opType());
  }

  /**
   * The facts of a node's operator as of a version of its domain's operator set. Before the first
   * version of the table there is no signature, and no input has a role.
   */
  public static OperatorFacts of(Node node, long opset) {
    return new OperatorFacts(OperatorTable.OWN.versions(node.domain(), node.opType()), opset);
  }

  /**
   * The facts of an operator in its newest version.
   *
   * @param domain empty (or {@code ai.onnx}) for ONNX's own
   */
  public static OperatorFacts of(String domain, String opType) {
    NavigableMap<Long, OperatorLine> versions = OperatorTable.OWN.versions(domain, opType);
    return versions.isEmpty()
        ? new OperatorFacts(versions, Long.MAX_VALUE)
        : NEWEST.computeIfAbsent(
            new Key(OperatorTable.domain(domain), opType),
            _ -> new OperatorFacts(versions, Long.MAX_VALUE));
  }

  /**
   * The names of all operators known of a domain, in alphabetical order.
   *
   * @param domain empty (or {@code ai.onnx}) for ONNX's own
   */
  public static Set<String> operators(String domain) {
    return OperatorTable.OWN.operators(domain);
  }

  /** Whether the operator is in the table, in whatever version. */
  public boolean isKnown() {
    return known;
  }

  /** The signature, where it is known. */
  public Optional<OperatorSchema> schema() {
    return schema;
  }

  /**
   * What a node of this operator does with an input.
   *
   * @param node the node, of whose attributes the role may depend
   * @param index of the input, from 0
   */
  public InputRole role(Node node, int index) {
    return roles.at(index).of(node);
  }

  /** The kind of weight an input is; empty where it is none. */
  public Optional<WeightKind> weight(Node node, int index) {
    return role(node, index) instanceof InputRole.Weight(WeightKind kind)
        ? Optional.of(kind)
        : Optional.empty();
  }

  /**
   * Whether output elements are input 0's elements, moved, chosen or repeated by their positions,
   * as by Transpose, Gather or Expand.
   */
  public boolean movesValues() {
    return traits.contains(Trait.MOVES);
  }

  /** Whether it {@link #movesValues} and all elements stay in row-major order, as by Reshape. */
  public boolean keepsOrder() {
    return traits.contains(Trait.IN_ORDER);
  }

  /** Whether output elements are those of all inputs: Concat. */
  public boolean joinsValues() {
    return traits.contains(Trait.JOINS);
  }

  /** Whether it cuts values off at bounds and does nothing else: Relu, Clip. */
  public boolean clips() {
    return traits.contains(Trait.CLIPS);
  }

  /** Whether it normalizes values, with learned scales or without. */
  public boolean normalizes() {
    return traits.contains(Trait.NORMALIZES);
  }

  /** Whether it runs over a sequence with a state: RNN, GRU, LSTM. */
  public boolean isRecurrent() {
    return traits.contains(Trait.RECURRENT);
  }

  /**
   * Whether it is a product of matrices or a convolution, in floating point or in integers; some of
   * ONNX Runtime's own have an activation function behind it.
   */
  public boolean isLinear() {
    return traits.contains(Trait.LINEAR);
  }

  /** Whether outputs are probabilities, in [0, 1]: Sigmoid, Softmax. */
  public boolean isProbability() {
    return traits.contains(Trait.PROBABILITY);
  }

  /** Whether it runs graphs among its attributes: If, Loop, Scan, SequenceMap. */
  public boolean hasBranches() {
    return traits.contains(Trait.BRANCHES);
  }

  /** Whether outputs may differ from run to run. */
  public boolean isRandom() {
    return traits.contains(Trait.RANDOM);
  }

  /** The versions for which nodes of earlier ones must be rewritten, in ascending order. */
  public NavigableSet<Long> changes() {
    return changes;
  }
}
