package dev.swage.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.swage.data.DataSource;
import dev.swage.onnx.Graph;
import dev.swage.onnx.Node;
import dev.swage.onnx.OnnxModel;
import dev.swage.onnx.OutputMeaning;
import dev.swage.onnx.ValueInfo;
import dev.swage.onnx.layer.Network;
import dev.swage.run.OutputKind;
import dev.swage.tensor.DType;
import dev.swage.tensor.Tensor;
import dev.swage.train.torch.TorchSession.Head;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Which value a loss is computed on follows from the first output alone. */
final class ObjectiveTest {
  private static final DataSource DATA = TrainerTest.spots(24, 3);

  /** Forms of one network whose second output changes nothing about the first. */
  enum Form {
    /** The activation's value again. */
    SAME,
    /** What a later node computes from the activation's value. */
    FROM_OUTPUT,
    /** What a later node computes from the logits. */
    FROM_LOGITS,
    /** The logits. */
    LOGITS
  }

  private static Network network(int units) {
    return Network.input("x", 1, 8, 8).flatten().dense(6).tanh().dense(units).seed(4);
  }

  private static OnnxModel twoOutputs(OnnxModel model, Form form) {
    Graph graph = model.graph();
    String output = graph.outputs().getFirst().name();
    String logits = graph.nodes().getLast().input(0);
    Graph.Builder more = graph.toBuilder();
    String second =
        switch (form) {
          case SAME -> output;
          case LOGITS -> logits;
          case FROM_OUTPUT -> "second";
          case FROM_LOGITS -> "second";
        };
    if (second.equals("second")) {
      String read = form == Form.FROM_OUTPUT ? output : logits;
      more.node(Node.of("second", "Softmax", List.of(read), "second"));
    }
    return model.withGraph(more.output(info(second)).build());
  }

  private static ValueInfo info(String name) {
    return new ValueInfo(name, Optional.of(DType.FLOAT32), Optional.empty());
  }

  private static OnnxModel trained(OnnxModel model, Loss loss) {
    return Trainer.of(model)
        .loss(loss)
        .optimizer(Sgd.of(0.1))
        .batchSize(8)
        .seed(2)
        .fit(DATA)
        .model();
  }

  private static Map<String, List<Float>> weights(OnnxModel model) {
    Map<String, List<Float>> weights = new java.util.TreeMap<>();
    model.graph().initializers().forEach((name, tensor) -> weights.put(name, floats(tensor)));
    return weights;
  }

  private static List<Float> floats(Tensor tensor) {
    List<Float> values = new ArrayList<>();
    if (tensor.dtype() == DType.FLOAT32) {
      for (float value : tensor.toFloats()) {
        values.add(value);
      }
    }
    return values;
  }

  @ParameterizedTest
  @EnumSource(Form.class)
  void a_second_output_changes_neither_the_loss_nor_the_weights(Form form) {
    OnnxModel plain = network(4).softmax().build();
    OnnxModel two = twoOutputs(plain, form);
    Objective objective = Objective.of(Loss.crossEntropy(), two);
    assertThat(objective).isEqualTo(Objective.of(Loss.crossEntropy(), plain));
    assertThat(objective.head()).isEqualTo(Head.BEFORE_ACTIVATION);
    assertThat(weights(trained(two, Loss.crossEntropy())))
        .isEqualTo(weights(trained(plain, Loss.crossEntropy())))
        .isNotEqualTo(weights(plain));
  }

  @Test
  void an_activation_of_a_second_output_is_not_the_losss() {
    OnnxModel plain = network(4).build();
    String logits = plain.graph().outputs().getFirst().name();
    OnnxModel two =
        plain.withGraph(
            plain.graph().toBuilder()
                .node(Node.of("p", "Softmax", List.of(logits), "p"))
                .output(info("p"))
                .build());
    Loss loss = Loss.crossEntropyWithLogits();
    assertThat(Objective.of(loss, two).head()).isEqualTo(Head.OUTPUT);
    assertThat(weights(trained(two, loss))).isEqualTo(weights(trained(plain, loss)));
    OnnxModel swapped =
        two.withGraph(two.graph().toBuilder().outputs(two.graph().outputs().reversed()).build());
    assertThatThrownBy(() -> Objective.of(loss, swapped))
        .isInstanceOf(TrainingException.class)
        .hasMessageContaining("does not fit a model that ends in node 'p' (Softmax)");
  }

  @Test
  void a_trained_model_says_what_its_outputs_are() {
    assertSays(trained(network(4).softmax().build(), Loss.crossEntropy()), "probabilities");
    assertSays(
        trained(network(4).logSoftmax().build(), Loss.crossEntropyWithLogProbabilities()),
        "log-probabilities");
    assertSays(trained(network(4).build(), Loss.crossEntropyWithLogits()), "logits");
    // The operators do not tell: only the loss does.
    assertSays(trained(network(4).tanh().build(), Loss.crossEntropyWithLogits()), "logits");
    // Training on another loss makes another thing of the outputs.
    OnnxModel wrong = network(4).build().withMetadata("swage.output", "probabilities");
    assertSays(trained(wrong, Loss.crossEntropyWithLogits()), "logits");
  }

  @Test
  void a_loss_on_values_says_nothing_new() {
    Loss loss = Loss.meanSquaredError();
    assertThat(Objective.of(loss, network(4).build()).describe(network(4).build()).metadata())
        .doesNotContainKey("swage.output");
    OnnxModel named = network(4).build().withMetadata("swage.output", "logits");
    assertSays(Objective.of(loss, named).describe(named), "logits");
    OnnxModel sigmoid = network(4).sigmoid().build().withMetadata("swage.output", "logits");
    assertSays(Objective.of(Loss.binaryCrossEntropy(), sigmoid).describe(sigmoid), "probabilities");
    assertSays(Objective.of(Loss.sequenceCrossEntropy(), named).describe(named), "logits");
  }

  private static void assertSays(OnnxModel model, String word) {
    assertThat(model.metadata()).containsEntry("swage.output", word);
    assertThat(OutputKind.of(model).meaning().map(OutputMeaning::word)).hasValue(word);
  }
}
