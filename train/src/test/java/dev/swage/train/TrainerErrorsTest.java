package dev.swage.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.swage.clip.Clip;
import dev.swage.clip.ClipGroup;
import dev.swage.clip.NonFinitePolicy;
import dev.swage.data.DataSource;
import dev.swage.onnx.Attribute;
import dev.swage.onnx.Graph;
import dev.swage.onnx.Node;
import dev.swage.onnx.OnnxException;
import dev.swage.onnx.OnnxModel;
import dev.swage.onnx.ValueInfo;
import dev.swage.onnx.layer.Network;
import dev.swage.tensor.DType;
import dev.swage.tensor.Shape;
import dev.swage.tensor.Tensor;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** What cannot be trained is told in one line. */
final class TrainerErrorsTest {
  private static DataSource data(int samples, long... labels) {
    float[] x = new float[samples * 2];
    for (int i = 0; i < x.length; i++) {
      x[i] = i * 0.1f;
    }
    return DataSource.of(
        Tensor.ofFloats(Shape.of(samples, 2), x), Tensor.ofLongs(Shape.of(samples), labels));
  }

  private static Trainer trainer(OnnxModel model, Loss loss) {
    return Trainer.of(model).loss(loss).optimizer(Sgd.of(0.1)).batchSize(2);
  }

  private static Network dense(int units) {
    return Network.input("x", 2).dense(units);
  }

  private static void assertFails(Trainer trainer, DataSource data, String message) {
    assertThatThrownBy(() -> trainer.fit(data))
        .isInstanceOf(TrainingException.class)
        .hasMessage(message);
  }

  @Test
  void data_smaller_than_a_step() {
    assertFails(
        trainer(dense(2).build(), Loss.crossEntropyWithLogits()).batchSize(4).accumulate(2),
        data(3, 0, 1, 1),
        "arrays FLOAT32[3, 2] and INT64[3] has 3 samples, one step needs 8 (batch size 4,"
            + " 2 batches per step); use a smaller batch");
  }

  @Test
  void a_clipper_that_cannot_clip_this_run() {
    Trainer trainer = trainer(dense(2).build(), Loss.crossEntropyWithLogits());
    assertFails(
        trainer.clip(Clip.chain(Clip.byGlobalNorm(1), Clip.spikes())),
        data(4, 0, 1, 1, 0),
        "clipping spikes needs Adam's second moment: use the optimizer adam or adamw, or clip by"
            + " another method");
    assertFails(
        trainer.clip(
            Clip.groups(
                List.of(ClipGroup.named("first", List.of("conv*"), Clip.none())), Clip.none())),
        data(4, 0, 1, 1, 0),
        "clip group 'first': no parameter matches 'conv*'; nearest: dense1.bias, dense1.weight");
  }

  @Test
  void a_label_out_of_range() {
    assertFails(
        trainer(dense(2).build(), Loss.crossEntropyWithLogits()).batchSize(3),
        data(3, 0, 1, 7),
        "arrays FLOAT32[3, 2] and INT64[3]: sample 2 has label 7, expected 0 to 1: the model"
            + " tells 2 classes apart");
    assertFails(
        trainer(dense(1).build(), Loss.binaryCrossEntropyWithLogits()).batchSize(3),
        data(3, 0, 2, 1),
        "arrays FLOAT32[3, 2] and INT64[3]: sample 1 has label 2, expected 0 to 1: the model"
            + " tells 2 classes apart");
  }

  @Test
  void as_many_class_weights_as_classes() {
    OnnxModel model = dense(3).build();
    for (List<Double> weights : List.of(List.of(1.0, 2.0), List.of(1.0, 2.0, 1.0, 1.0))) {
      assertFails(
          trainer(model, Loss.crossEntropyWithLogits().classWeights(weights)),
          data(2, 0, 1),
          "there are %d class weights, output '%s' of the model has 3 classes; give one for each"
              .formatted(weights.size(), model.graph().outputs().getFirst().name()));
    }
  }

  @Test
  void a_loss_on_probabilities_where_any_number_comes_out() {
    assertFails(
        trainer(dense(2).build(), Loss.crossEntropy()),
        data(2, 0, 1),
        "loss cross-entropy on probabilities does not fit a model that ends in node 'dense1' (MatMul);"
            + " use cross-entropy-logits, Loss.crossEntropyWithLogits(), or end in a softmax");
    assertFails(
        trainer(dense(2).build(), Loss.crossEntropyWithLogProbabilities()),
        data(2, 0, 1),
        "loss cross-entropy on log-probabilities does not fit a model that ends in node 'dense1'"
            + " (MatMul); use cross-entropy-logits, Loss.crossEntropyWithLogits(), or end in a"
            + " log-softmax");
    assertFails(
        trainer(dense(1).build(), Loss.binaryCrossEntropy()),
        data(2, 0, 1),
        "loss binary cross-entropy on probabilities does not fit a model that ends in node 'dense1'"
            + " (MatMul); use binary-cross-entropy-logits, Loss.binaryCrossEntropyWithLogits(), or end"
            + " in a sigmoid");
  }

  @Test
  void a_loss_that_does_not_fit_the_last_node() {
    assertFails(
        trainer(dense(2).softmax().build(), Loss.crossEntropyWithLogits()),
        data(2, 0, 1),
        "loss cross-entropy on logits does not fit a model that ends in node 'softmax1' (Softmax);"
            + " use Loss.crossEntropy()");
    assertFails(
        trainer(dense(2).logSoftmax().build(), Loss.crossEntropy()),
        data(2, 0, 1),
        "loss cross-entropy on probabilities does not fit a model that ends in node 'logsoftmax1'"
            + " (LogSoftmax); use Loss.crossEntropyWithLogProbabilities()");
    assertFails(
        trainer(dense(1).sigmoid().build(), Loss.binaryCrossEntropyWithLogits()),
        data(2, 0, 1),
        "loss binary cross-entropy on logits does not fit a model that ends in node 'sigmoid1'"
            + " (Sigmoid); use Loss.binaryCrossEntropy()");
  }

  @Test
  void samples_of_another_shape_than_the_input() {
    assertFails(
        trainer(Network.input("x", 3).dense(2).build(), Loss.crossEntropyWithLogits()),
        data(2, 0, 1),
        "input 'x' of the model is [batch, 3] with the batch axis first, samples of arrays"
            + " FLOAT32[2, 2] and INT64[2] are [2]");
  }

  @Test
  void missing_settings() {
    OnnxModel model = dense(2).build();
    assertFails(
        Trainer.of(model).optimizer(Sgd.of(1)), data(2, 0, 1), "no loss: call Trainer.loss(...)");
    assertFails(
        Trainer.of(model).loss(Loss.crossEntropyWithLogits()),
        data(2, 0, 1),
        "no optimizer: call Trainer.optimizer(...)");
    assertFails(
        trainer(model, Loss.crossEntropyWithLogits())
            .earlyStopping(EarlyStopping.on(Metric.LOSS, 1)),
        data(2, 0, 1),
        "early stopping needs validation data: call validation(...)");
    assertFails(
        trainer(dense(1).build(), Loss.meanSquaredError())
            .validation(data(2, 0, 1))
            .earlyStopping(EarlyStopping.on(Metric.ACCURACY, 1)),
        data(2, 0, 1),
        "early stopping watches accuracy, but loss mean squared error does not classify; watch"
            + " Metric.LOSS");
  }

  @Test
  void counts_below_one() {
    assertThatThrownBy(() -> Trainer.of(dense(2).build()).batchSize(0))
        .hasMessage("batchSize must be at least 1, got 0");
    assertThatThrownBy(() -> Trainer.of(dense(2).build()).epochs(-1))
        .hasMessage("epochs must be at least 1, got -1");
  }

  @Test
  void an_operator_that_is_not_supported() {
    Graph graph =
        Graph.builder("odd")
            .input(ValueInfo.batched("x", DType.FLOAT32, 2))
            .output(ValueInfo.batched("y", DType.FLOAT32, 2))
            .node(Node.of("wave", "RegexFullMatch", List.of("x"), "y"))
            .build();
    assertThatThrownBy(
            () -> trainer(OnnxModel.of(graph), Loss.meanSquaredError()).fit(data(2, 0, 1)))
        .isInstanceOf(OnnxException.class)
        .hasMessage(
            "node 'wave': operator RegexFullMatch of domain 'ai.onnx', opset 21 cannot be run here;"
                + " `swage operators` lists those that can");
    Node custom = new Node("mine", "Swish", "com.example", List.of("x"), List.of("y"), Map.of());
    Graph other = graph.toBuilder().nodes(List.of(custom)).build();
    assertThatThrownBy(
            () -> trainer(OnnxModel.of(other), Loss.meanSquaredError()).fit(data(2, 0, 1)))
        .hasMessage(
            "node 'mine': operator Swish of domain 'com.example', opset 1 cannot be run here;"
                + " `swage operators` lists those that can");
  }

  @Test
  void a_model_without_weights() {
    Graph graph =
        Graph.builder("fixed")
            .input(ValueInfo.batched("x", DType.FLOAT32, 2))
            .output(ValueInfo.batched("y", DType.FLOAT32, 2))
            .node(Node.of("soft", "Softmax", List.of("x"), "y").with("axis", Attribute.of(-1L)))
            .build();
    assertFails(
        trainer(OnnxModel.of(graph), Loss.crossEntropy()),
        data(2, 0, 1),
        "the model has no float32 weights that can be trained");
  }

  private static DataSource withNaN() {
    return DataSource.of(
        Tensor.ofFloats(Shape.of(2, 2), 1, Float.NaN, 2, 3), Tensor.ofLongs(Shape.of(2), 0, 1));
  }

  @Test
  void a_loss_that_is_no_number_ends_the_run_after_the_skips_the_policy_allows() {
    Trainer trainer =
        trainer(dense(2).seed(1).build(), Loss.crossEntropyWithLogits())
            .clip(Clip.none().onNonFinite(NonFinitePolicy.skipStep(3)))
            .epochs(9);
    assertFails(
        trainer,
        withNaN(),
        "loss is NaN; step 3, after 3 skipped steps in a row: gradient of dense1.weight has 4 NaN"
            + " or infinite elements of 4, the first at index 0; lower the learning rate, clip"
            + " harder, or look at this step's batch");
  }

  @Test
  void a_loss_that_is_no_number_ends_the_run_at_once_when_gradients_pass() {
    assertFails(
        trainer(dense(2).seed(1).build(), Loss.crossEntropyWithLogits())
            .clip(Clip.none().onNonFinite(NonFinitePolicy.pass())),
        withNaN(),
        "loss is NaN at step 0 (epoch 1); lower the learning rate, clip harder, or look for NaN in"
            + " arrays FLOAT32[2, 2] and INT64[2]");
  }

  @Test
  void a_skipped_step_leaves_weights_and_running_statistics_alone() {
    OnnxModel model = Network.input("x", 2).batchNorm().dense(2).seed(1).build();
    TrainingRun run = trainer(model, Loss.crossEntropyWithLogits()).epochs(2).fit(withNaN());
    model
        .graph()
        .initializers()
        .forEach((name, value) ->
            assertThat(run.model().graph().initializers().get(name).toFloats())
                .as(name)
                .isEqualTo(value.toFloats()));
    assertThat(run.history().clip().summary().skipped()).isEqualTo(2);
  }
}
