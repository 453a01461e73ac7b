package dev.swage.train.torch.op.recurrent;

import dev.swage.onnx.Attribute;
import dev.swage.onnx.Node;
import dev.swage.train.torch.program.NodeContext;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.function.UnaryOperator;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.ScalarOptional;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;

/**
 * The attributes of an RNN, GRU or LSTM node.
 *
 * @param kind which of the three
 * @param directions one entry per direction: whether it runs from the end
 * @param activations the cell's functions, one list per direction, in ONNX's order
 * @param clip bound of what goes into the cell's functions, if any
 * @param linearBeforeReset GRU: whether the reset gate comes after the recurrent product
 * @param coupled LSTM: whether the forget gate is one minus the input gate
 * @param batchFirst whether the operator itself has the batch axis first (layout 1)
 */
record RecurrentNode(
    Kind kind,
    List<Boolean> directions,
    List<List<CellFunction>> activations,
    Optional<Float> clip,
    boolean linearBeforeReset,
    boolean coupled,
    boolean batchFirst) {

  /** The operators, and the functions their cells use unless told otherwise. */
  enum Kind {
    RNN(1, List.of("Tanh")),
    GRU(3, List.of("Sigmoid", "Tanh")),
    LSTM(4, List.of("Sigmoid", "Tanh", "Tanh"));

    private final int gates;
    private final List<String> defaults;

    Kind(int gates, List<String> defaults) {
      this.gates = gates;
      this.defaults = defaults;
    }

    int gates() {
      return gates;
    }
  }

  static RecurrentNode of(Kind kind, NodeContext context) {
    Node node = context.node();
    List<Boolean> directions =
        switch (node.stringAttribute("direction", "forward")) {
          case "forward" -> List.of(false);
          case "reverse" -> List.of(true);
          case "bidirectional" -> List.of(false, true);
          default ->
              throw context.unsupported("direction " + node.stringAttribute("direction", ""));
        };
    boolean clips = node.attributes().containsKey("clip");
    return new RecurrentNode(
        kind,
        directions,
        activations(kind, context, directions.size()),
        clips ? Optional.of(node.floatAttribute("clip", 0)) : Optional.empty(),
        node.intAttribute("linear_before_reset", 0) != 0,
        node.intAttribute("input_forget", 0) != 0,
        node.intAttribute("layout", 0) != 0);
  }

  private static List<List<CellFunction>> activations(
      Kind kind, NodeContext context, int directions) {
    List<String> names =
        context.node().attributes().get("activations")
                instanceof Attribute.StringsValue(List<String> given)
            ? given
            : Collections.nCopies(directions, kind.defaults).stream()
                .flatMap(List::stream)
                .toList();
    int each = kind.defaults.size();
    if (names.size() != each * directions) {
      throw context.unsupported(
          "activations %s: %d are needed for %d directions"
              .formatted(names, each * directions, directions));
    }
    for (String name : names) {
      if (!CellFunction.isKnown(name)) {
        throw context.unsupported("activation " + name);
      }
    }
    List<CellFunction> all =
        CellFunction.all(
            names, floats(context, "activation_alpha"), floats(context, "activation_beta"));
    List<List<CellFunction>> perDirection = new ArrayList<>();
    for (int d = 0; d < directions; d++) {
      perDirection.add(List.copyOf(all.subList(d * each, (d + 1) * each)));
    }
    return perDirection;
  }

  private static List<Float> floats(NodeContext context, String attribute) {
    return context.node().attributes().get(attribute)
            instanceof Attribute.FloatsValue(List<Float> given)
        ? given
        : List.of();
  }

  /**
   * Function number {@code index} of a direction's cell, with the clip before it; an LSTM's last
   * one, on the cell's state, is not clipped, as ONNX Runtime has it.
   */
  UnaryOperator<Tensor> function(int direction, int index) {
    UnaryOperator<Tensor> function = activations.get(direction).get(index);
    if (clip.isEmpty() || index == 2) { // only LSTM has a third
      return function;
    }
    float bound = clip.get();
    return x ->
        function.apply(
            torch.clamp(
                x, new ScalarOptional(new Scalar(-bound)), new ScalarOptional(new Scalar(bound))));
  }

  private String name(int direction, int index) {
    return activations.get(direction).get(index).name();
  }

  /** Whether libtorch's own layer computes the same: its functions, no clip, no coupling. */
  boolean isLibtorchs() {
    boolean plain = clip.isEmpty() && !coupled && (kind != Kind.GRU || linearBeforeReset);
    boolean sameFunctions = true;
    for (int d = 0; d < directions.size(); d++) {
      for (int i = 0; i < kind.defaults.size(); i++) {
        String expected = kind.defaults.get(i).toLowerCase(Locale.ROOT);
        boolean same = name(d, i).equals(expected);
        sameFunctions &= same || (kind == Kind.RNN && isRelu());
      }
    }
    return plain && sameFunctions;
  }

  /** An RNN whose directions all use the rectifier. */
  boolean isRelu() {
    return activations.stream().allMatch(functions -> functions.getFirst().name().equals("relu"));
  }
}
