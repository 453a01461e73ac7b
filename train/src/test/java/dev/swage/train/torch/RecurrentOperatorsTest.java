package dev.swage.train.torch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.swage.data.Batch;
import dev.swage.onnx.Attribute;
import dev.swage.onnx.Graph;
import dev.swage.onnx.Node;
import dev.swage.onnx.OnnxException;
import dev.swage.onnx.OnnxModel;
import dev.swage.onnx.OnnxWriter;
import dev.swage.onnx.ValueInfo;
import dev.swage.run.ModelSession;
import dev.swage.run.SessionOptions;
import dev.swage.tensor.DType;
import dev.swage.tensor.Shape;
import dev.swage.tensor.Tensor;
import dev.swage.testkit.TestFloats;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Recurrent operators in all their forms give what ONNX Runtime gives, and the fused way has the
 * gradients of the unrolled one.
 */
final class RecurrentOperatorsTest {
  private static final int STEPS = 7;
  private static final int BATCH = 3;
  private static final int INPUTS = 5;
  private static final int HIDDEN = 4;

  record Form(
      String operator, String direction, Map<String, Attribute> attributes, List<String> given) {
    @Override
    public String toString() {
      return operator + " " + direction + " " + attributes.keySet() + " " + given;
    }

    int directions() {
      return direction.equals("bidirectional") ? 2 : 1;
    }

    int gates() {
      return switch (operator) {
        case "RNN" -> 1;
        case "GRU" -> 3;
        default -> 4;
      };
    }

    List<String> states() {
      return operator.equals("LSTM") ? List.of("h", "c") : List.of("h");
    }
  }

  static List<Form> forms() {
    List<Form> forms = new ArrayList<>();
    for (String operator : List.of("RNN", "GRU", "LSTM")) {
      for (String direction : List.of("forward", "reverse", "bidirectional")) {
        forms.add(new Form(operator, direction, Map.of(), List.of()));
        forms.add(new Form(operator, direction, Map.of(), List.of("B", "h", "c")));
        forms.add(new Form(operator, direction, Map.of(), List.of("B", "lengths", "h", "c")));
      }
      forms.add(new Form(operator, "forward", clip(), List.of("B")));
    }
    Map<String, Attribute> linear = Map.of("linear_before_reset", Attribute.of(1L));
    for (String direction : List.of("forward", "reverse", "bidirectional")) {
      forms.add(new Form("GRU", direction, linear, List.of("B", "h")));
      forms.add(new Form("GRU", direction, linear, List.of("B", "lengths")));
    }
    forms.add(new Form("RNN", "forward", activations("Relu"), List.of("B")));
    forms.add(new Form("RNN", "bidirectional", activations("Relu", "Relu"), List.of("B")));
    forms.add(new Form("RNN", "bidirectional", activations("Relu", "Tanh"), List.of("B")));
    forms.add(new Form("GRU", "forward", activations("Sigmoid", "Softsign"), List.of("B")));
    forms.add(
        new Form("LSTM", "forward", activations("Sigmoid", "Relu", "Softplus"), List.of("B")));
    forms.add(
        new Form("LSTM", "forward", Map.of("input_forget", Attribute.of(1L)), List.of("B", "c")));
    for (String name :
        List.of("LeakyRelu", "ThresholdedRelu", "Elu", "Affine", "ScaledTanh", "HardSigmoid")) {
      forms.add(new Form("RNN", "forward", parameters(name), List.of("B")));
      forms.add(new Form("RNN", "reverse", parameters(name), List.of("B", "lengths")));
      forms.add(new Form("GRU", "forward", parameters("Sigmoid", name), List.of("B")));
    }
    forms.add(new Form("GRU", "forward", parameters("HardSigmoid", "Tanh"), List.of("B")));
    forms.add(
        new Form("LSTM", "forward", parameters("HardSigmoid", "Tanh", "ScaledTanh"), List.of("B")));
    forms.add(new Form("LSTM", "forward", Map.of(), List.of("B", "P")));
    forms.add(new Form("LSTM", "bidirectional", Map.of(), List.of("B", "c", "P")));
    return forms;
  }

  private static Map<String, Attribute> clip() {
    return Map.of("clip", Attribute.of(0.4f));
  }

  /** With values of alpha and beta of their own. */
  private static Map<String, Attribute> parameters(String... names) {
    List<Float> alphas = List.of(0.3f, 0.7f);
    List<Float> betas = List.of(0.4f, 0.6f);
    return Map.of(
        "activations",
        new Attribute.StringsValue(List.of(names)),
        "activation_alpha",
        new Attribute.FloatsValue(alphas),
        "activation_beta",
        new Attribute.FloatsValue(betas));
  }

  private static Map<String, Attribute> activations(String... names) {
    return Map.of("activations", new Attribute.StringsValue(List.of(names)));
  }

  @ParameterizedTest
  @MethodSource("forms")
  void outputs_are_those_of_onnx_runtime(Form form) {
    OnnxModel model = model(form, false);
    Tensor x = input();
    try (ModelSession runtime =
            ModelSession.open("form", OnnxWriter.toBytes(model), SessionOptions.defaults());
        TorchSession ours = TorchSession.open(model, TorchSession.Head.OUTPUT, 0)) {
      List<Tensor> expected = runtime.run(List.of(x));
      List<Tensor> got = ours.outputs(List.of(x));
      assertThat(got).hasSameSizeAs(expected);
      for (int i = 0; i < got.size(); i++) {
        assertClose(expected.get(i), got.get(i));
      }
    }
  }

  @ParameterizedTest
  @MethodSource("forms")
  void layout_1_is_layout_0_with_the_batch_first(Form form) {
    try (TorchSession zero = TorchSession.open(model(form, false), TorchSession.Head.OUTPUT, 0);
        TorchSession one = TorchSession.open(model(form, true), TorchSession.Head.OUTPUT, 0)) {
      List<Tensor> expected = zero.outputs(List.of(input()));
      List<Tensor> got = one.outputs(List.of(swapped(input())));
      // [steps, directions, batch, hidden] against [batch, steps, directions, hidden]
      int d = form.directions();
      for (int t = 0; t < STEPS; t++) {
        for (int i = 0; i < d * BATCH * HIDDEN; i++) {
          int direction = i / (BATCH * HIDDEN);
          int sample = i / HIDDEN % BATCH;
          long there = ((sample * STEPS + t) * (long) d + direction) * HIDDEN + i % HIDDEN;
          assertThat(got.getFirst().getFloat(there))
              .isCloseTo(
                  expected.getFirst().getFloat((long) t * d * BATCH * HIDDEN + i), within(1e-6f));
        }
      }
      assertThat(got.get(1).shape()).isEqualTo(Shape.of(BATCH, d, HIDDEN));
    }
  }

  /** A clip that is never reached makes the operator unroll, and changes nothing else. */
  @ParameterizedTest
  @MethodSource("fusible")
  void fused_gradients_are_those_of_the_unrolled_steps(Form form) {
    Map<String, Attribute> unrolled = new LinkedHashMap<>(form.attributes());
    unrolled.put("clip", Attribute.of(1e6f));
    List<float[]> expected =
        gradients(new Form(form.operator(), form.direction(), unrolled, form.given()));
    List<float[]> got = gradients(form);
    assertThat(got).hasSameSizeAs(expected).hasSize(3);
    for (int i = 0; i < got.size(); i++) {
      for (int e = 0; e < got.get(i).length; e++) {
        assertThat((double) got.get(i)[e])
            .isCloseTo(expected.get(i)[e], within(1e-6 + 1e-4 * Math.abs(expected.get(i)[e])));
      }
    }
  }

  /** In training an LSTM may run on another kernel than in evaluation. */
  @ParameterizedTest
  @MethodSource("fusible")
  void the_loss_in_training_is_the_loss_in_evaluation(Form form) {
    Batch batch = new Batch(List.of(input()), Optional.of(target(form)));
    try (TorchSession session =
        TorchSession.open(model(form, false), TorchSession.Head.OUTPUT, 0)) {
      session.beginStep();
      double training = session.accumulate(batch, new TorchLoss.SquaredError(), 1).loss();
      double evaluation = session.score(batch, new TorchLoss.SquaredError()).loss();
      assertThat(training).isCloseTo(evaluation, within(1e-6 * evaluation));
    }
  }

  static List<Form> fusible() {
    List<Form> forms = new ArrayList<>();
    Map<String, Attribute> linear = Map.of("linear_before_reset", Attribute.of(1L));
    for (String direction : List.of("forward", "reverse", "bidirectional")) {
      forms.add(new Form("RNN", direction, Map.of(), List.of("B", "h")));
      forms.add(new Form("GRU", direction, linear, List.of("B", "h")));
      forms.add(new Form("LSTM", direction, Map.of(), List.of("B", "h", "c")));
    }
    forms.add(new Form("RNN", "forward", activations("Relu"), List.of("B")));
    return forms;
  }

  private static Tensor target(Form form) {
    return Tensor.ofFloats(
        Shape.of(STEPS, form.directions(), BATCH, HIDDEN),
        TestFloats.gaussian(STEPS * form.directions() * BATCH * HIDDEN, 1, 77));
  }

  private static List<float[]> gradients(Form form) {
    try (TorchSession session =
        TorchSession.open(model(form, false), TorchSession.Head.OUTPUT, 0)) {
      session.beginStep();
      session.accumulate(
          new Batch(List.of(input()), Optional.of(target(form))), new TorchLoss.SquaredError(), 1);
      return session.gradients().stream()
          .map((MemorySegment segment) -> segment.toArray(Tensor.LE_FLOAT))
          .toList();
    }
  }

  @Test
  void an_activation_nobody_wrote_is_named() {
    Form form = new Form("RNN", "forward", activations("Swish"), List.of());
    OnnxModel model = model(form, false);
    assertThatThrownBy(() -> TorchSession.open(model, TorchSession.Head.OUTPUT, 0))
        .isInstanceOf(OnnxException.class)
        .hasMessage("node 'cell' (RNN): activation Swish is not supported");
  }

  private static Tensor input() {
    return gaussian(1, STEPS, BATCH, INPUTS);
  }

  private static Tensor gaussian(int seed, long... dims) {
    Shape shape = Shape.of(dims);
    return Tensor.ofFloats(shape, TestFloats.gaussian((int) shape.elements(), 0.7f, seed));
  }

  /** Axes 0 and 1 exchanged. */
  private static Tensor swapped(Tensor x) {
    long[] dims = x.shape().toArray();
    int inner = (int) dims[2];
    float[] values = x.toFloats();
    float[] out = new float[values.length];
    for (int i = 0; i < dims[0]; i++) {
      for (int j = 0; j < dims[1]; j++) {
        System.arraycopy(
            values, (i * (int) dims[1] + j) * inner, out, (j * (int) dims[0] + i) * inner, inner);
      }
    }
    return Tensor.ofFloats(Shape.of(dims[1], dims[0], dims[2]), out);
  }

  private static OnnxModel model(Form form, boolean batchFirst) {
    int d = form.directions();
    long rows = (long) form.gates() * HIDDEN;
    Graph.Builder graph = Graph.builder("form");
    graph.initializer("W", gaussian(2, d, rows, INPUTS));
    graph.initializer("R", gaussian(3, d, rows, HIDDEN));
    graph.initializer("B", gaussian(4, d, 2 * rows));
    int[] lengths = new int[BATCH];
    Arrays.setAll(lengths, i -> STEPS - 2 * i);
    graph.initializer("lengths", Tensor.ofInts(Shape.of(BATCH), lengths));
    graph.initializer("P", gaussian(5, d, 3L * HIDDEN));
    List<String> inputs = new ArrayList<>(List.of("x", "W", "R"));
    List<String> optional =
        form.operator().equals("LSTM")
            ? List.of("B", "lengths", "h", "c", "P")
            : List.of("B", "lengths", "h");
    optional.forEach(name -> inputs.add(form.given().contains(name) ? name : ""));
    for (String state : form.states()) {
      Tensor value = gaussian(6, d, BATCH, HIDDEN);
      graph.initializer(state, batchFirst ? swapped(value) : value);
    }
    Map<String, Attribute> attributes = new LinkedHashMap<>(form.attributes());
    attributes.put("direction", new Attribute.StringValue(form.direction()));
    attributes.put("hidden_size", Attribute.of((long) HIDDEN));
    if (batchFirst) {
      attributes.put("layout", Attribute.of(1L));
    }
    List<String> outputs = new ArrayList<>(List.of("y"));
    form.states().forEach(state -> outputs.add("last_" + state));
    graph.node(new Node("cell", form.operator(), "", inputs, outputs, attributes));
    graph.input(
        ValueInfo.of(
            "x",
            DType.FLOAT32,
            batchFirst ? Shape.of(BATCH, STEPS, INPUTS) : Shape.of(STEPS, BATCH, INPUTS)));
    graph.output(ValueInfo.of("y", DType.FLOAT32, Shape.of(STEPS, d, BATCH, HIDDEN)));
    form.states()
        .forEach(state ->
            graph.output(ValueInfo.of("last_" + state, DType.FLOAT32, Shape.of(d, BATCH, HIDDEN))));
    return OnnxModel.of(graph.build());
  }

  private static void assertClose(Tensor expected, Tensor got) {
    assertThat(got.shape()).isEqualTo(expected.shape());
    for (long i = 0; i < expected.shape().elements(); i++) {
      double want = expected.getFloat(i);
      assertThat((double) got.getFloat(i)).isCloseTo(want, within(1e-5 * (1 + Math.abs(want))));
    }
  }
}
