package dev.swage.onnx.layer;

import dev.swage.onnx.Attribute;
import dev.swage.onnx.Node;
import dev.swage.tensor.DType;
import dev.swage.tensor.Shape;
import dev.swage.tensor.Tensor;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Recurrent layers: ONNX's operators have the steps first, the network has the batch first, so that
 * a transpose stands on either side.
 */
final class Recurrences {
  private Recurrences() {}

  static void append(GraphDraft draft, Recurrent layer, WeightInit init) {
    String name = draft.name(layer.kind().label());
    Shape in = Checks.floats(name, draft.current());
    Checks.that(in.rank() == 2, () -> "%s: needs [steps, features], got %s".formatted(name, in));
    Checks.that(
        !(draft.carriesStates() && layer.bidirectional()),
        () ->
            "%s: a layer that also reads from the end cannot carry its state on; make it one-directional"
                .formatted(name));
    draft.append(
        name + ".stepsfirst", "Transpose", List.of(), Map.of("perm", Attribute.ints(1, 0, 2)), in);
    List<String> inputs = new ArrayList<>(List.of(draft.current().name()));
    inputs.addAll(weights(draft, name, layer, in.dim(1), init));
    inputs.add(""); // sequence lengths: all steps
    List<String> outputs = new ArrayList<>();
    boolean sequence = layer.output() == Recurrent.Output.SEQUENCE;
    outputs.add(sequence ? name + ".sequence" : "");
    for (String state : states(layer)) {
      inputs.add(draft.carriesStates() ? initial(draft, name, layer, state) : "");
      outputs.add(draft.carriesStates() ? name + ".final_" + state : name + ".last_" + state);
    }
    draft.node(
        new Node(name, layer.kind().operator(), "", trimmed(inputs), outputs, attributes(layer)));
    finish(draft, name, layer, in);
  }

  private static List<String> states(Recurrent layer) {
    return layer.kind() == Recurrent.Kind.LSTM ? List.of("h", "c") : List.of("h");
  }

  /** Declares a state as an input and its successor as an output of the graph. */
  private static String initial(GraphDraft draft, String name, Recurrent layer, String state) {
    String input = name + ".initial_" + state;
    draft.carry(input, name + ".final_" + state, layer.hidden());
    return input;
  }

  private static List<String> weights(
      GraphDraft draft, String name, Recurrent layer, long features, WeightInit init) {
    int directions = layer.directions();
    int hidden = layer.hidden();
    int rows = layer.kind().gates() * hidden;
    Draw input = Draw.of(layer.init().orElse(init), (double) features, hidden, hidden);
    Draw recurrent = Draw.of(layer.recurrentInit(), hidden, hidden, hidden);
    Draw bias =
        layer.kind() == Recurrent.Kind.LSTM && layer.forgetBias() != 0
            ? new Draw.Span(2 * rows, 2 * hidden, 3 * hidden, (float) layer.forgetBias())
            : new Draw.Constant(0);
    return List.of(
        draft.weight(name + ".weight", Shape.of(directions, rows, features), input),
        draft.weight(name + ".recurrent", Shape.of(directions, rows, hidden), recurrent),
        draft.weight(name + ".bias", Shape.of(directions, 2L * rows), bias));
  }

  private static List<String> trimmed(List<String> inputs) {
    while (inputs.getLast().isEmpty()) {
      inputs.removeLast();
    }
    return inputs;
  }

  private static Map<String, Attribute> attributes(Recurrent layer) {
    Map<String, Attribute> attributes = new LinkedHashMap<>();
    attributes.put("hidden_size", Attribute.of((long) layer.hidden()));
    if (layer.bidirectional()) {
      attributes.put("direction", new Attribute.StringValue("bidirectional"));
    }
    if (layer.kind() == Recurrent.Kind.RNN_RELU) {
      List<String> names = layer.bidirectional() ? List.of("Relu", "Relu") : List.of("Relu");
      attributes.put("activations", new Attribute.StringsValue(names));
    }
    if (layer.kind() == Recurrent.Kind.GRU) {
      attributes.put("linear_before_reset", Attribute.of(1L));
    }
    return attributes;
  }

  /** Back to the batch first, the directions side by side. */
  private static void finish(GraphDraft draft, String name, Recurrent layer, Shape in) {
    long width = (long) layer.directions() * layer.hidden();
    if (layer.output() == Recurrent.Output.SEQUENCE) {
      Shape out = Shape.of(in.dim(0), width);
      draft.continueFrom(new GraphDraft.Value(name + ".sequence", DType.FLOAT32, out));
      draft.append(
          name + ".batchfirst",
          "Transpose",
          List.of(),
          Map.of("perm", Attribute.ints(2, 0, 1, 3)),
          out);
      reshape(draft, name, out, 0, 0, width);
    } else {
      Shape out = Shape.of(width);
      String last = draft.carriesStates() ? name + ".final_h" : name + ".last_h";
      draft.continueFrom(new GraphDraft.Value(last, DType.FLOAT32, out));
      draft.append(
          name + ".batchfirst",
          "Transpose",
          List.of(),
          Map.of("perm", Attribute.ints(1, 0, 2)),
          out);
      reshape(draft, name, out, 0, width);
    }
  }

  /** Zeros keep the sizes of batch and steps. */
  private static void reshape(GraphDraft draft, String name, Shape out, long... target) {
    Tensor shape = Tensor.ofLongs(Shape.of(target.length), target);
    draft.append(name + ".merge", "Reshape", out, draft.constant(name + ".shape", shape));
  }
}
